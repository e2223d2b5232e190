package config

import (
	"reflect"
	"slices"
)

// Differ lists the settings in which two configurations of one type differ. An empty and a nil list are equal.
func Differ(a, b any) []string {
	var keys []string
	others := leaves(reflect.ValueOf(b).Elem(), nil)
	for i, l := range leaves(reflect.ValueOf(a).Elem(), nil) {
		if !same(l.value, others[i].value) {
			keys = append(keys, l.key())
		}
	}
	return keys
}

func same(a, b reflect.Value) bool {
	if a.Kind() == reflect.Slice && a.Len() == 0 && b.Len() == 0 {
		return true
	}
	return reflect.DeepEqual(a.Interface(), b.Interface())
}

// Take copies these settings from another configuration of the same type.
func Take(config, from any, keys []string) {
	theirs := leaves(reflect.ValueOf(from).Elem(), nil)
	for i, l := range leaves(reflect.ValueOf(config).Elem(), nil) {
		if slices.Contains(keys, l.key()) {
			l.value.Set(theirs[i].value)
		}
	}
}
