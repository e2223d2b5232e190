package handlers

// Phrasebook shows the tests all sentences by name: Chinese, then English.
func Phrasebook() map[string][2]string {
	book := map[string][2]string{}
	for name, s := range phrases() {
		book[string(name)] = [2]string{s.zh, s.en}
	}
	return book
}
