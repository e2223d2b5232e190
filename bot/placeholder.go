package bot

import "strings"

// IsPlaceholder reports whether an id is that of an example, such as oc_REPLACE_ME: the platform's ids are in lower case.
func IsPlaceholder(id string) bool {
	_, name, _ := strings.Cut(id, "_")
	return name != "" && strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") == ""
}
