package feishu

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"slices"
)

// encryptedPart returns the base64 text in {"encrypt":"…"}. JSON without that field is not encrypted.
func encryptedPart(body []byte) (cipherText []byte, encrypted bool, err error) {
	if text, ok := bytes.CutPrefix(body, []byte(`{"encrypt":"`)); ok {
		text, ok = bytes.CutSuffix(text, []byte(`"}`))
		if ok && bytes.IndexByte(text, '"') < 0 && bytes.IndexByte(text, '\\') < 0 {
			return text, true, nil
		}
	}
	var outer struct {
		Encrypt *string `json:"encrypt"`
	}
	if err := unmarshal(body, &outer); err != nil {
		return nil, false, invalid("not JSON")
	}
	if outer.Encrypt == nil {
		return nil, false, nil
	}
	return []byte(*outer.Encrypt), true, nil
}

// decrypt decrypts base64(IV || AES-256-CBC(PKCS#7(plain))). The result is in the buffer, which grows as needed, and
// valid until the buffer is used again. If the padding is wrong it returns all but the last block with the error.
func decrypt(block cipher.Block, cipherText []byte, buffer *[]byte) ([]byte, error) {
	data := slices.Grow((*buffer)[:0], base64.StdEncoding.DecodedLen(len(cipherText)))
	data = data[:cap(data)]
	*buffer = data
	n, err := base64.StdEncoding.Decode(data, cipherText)
	if err != nil {
		return nil, invalid("not base64")
	}
	data = data[:n]
	if len(data) < 2*aes.BlockSize || len(data)%aes.BlockSize != 0 {
		return nil, invalid("cipher text of a wrong length")
	}
	iv, data := data[:aes.BlockSize], data[aes.BlockSize:]
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(data, data)
	return unpad(data)
}

// unpad removes PKCS#7 padding. If any byte of it is wrong it removes the last block and returns an error.
func unpad(data []byte) ([]byte, error) {
	n := int(data[len(data)-1])
	end := len(data) - n
	if n == 0 || n > aes.BlockSize || bytes.Count(data[end:], data[len(data)-1:]) != n {
		return data[:len(data)-aes.BlockSize], invalid("wrong padding")
	}
	return data[:end], nil
}
