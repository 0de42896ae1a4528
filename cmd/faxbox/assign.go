package main

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"sort"
	"strings"

	"faxbox/fax"
)

// assign sets fields of a patch, named as in JSON, from KEY=VALUE. What can be set is what the patch has: a wrong key is
// answered with all of them.
func assign(patch any, assignments []string) error {
	v := reflect.ValueOf(patch).Elem()
	for _, a := range assignments {
		key, value, ok := strings.Cut(a, "=")
		if !ok {
			return usage{fmt.Errorf("%q is no KEY=VALUE", a)}
		}
		field, ok := fieldOf(v, key)
		if !ok {
			return hinted{usage{fmt.Errorf("%q cannot be set", key)}, "One can set " + strings.Join(keysOf(v.Type()), ", ") + "."}
		}
		if err := assignText(field, value); err != nil {
			return usage{fmt.Errorf("%s cannot be %q: it is %s", key, value, kindOf(field.Type().Elem()))}
		}
	}
	return nil
}

func fieldOf(v reflect.Value, key string) (reflect.Value, bool) {
	for i := range v.NumField() {
		if jsonName(v.Type().Field(i)) == key {
			return v.Field(i), true
		}
	}
	return reflect.Value{}, false
}

func keysOf(t reflect.Type) []string {
	var keys []string
	for i := range t.NumField() {
		keys = append(keys, jsonName(t.Field(i)))
	}
	sort.Strings(keys)
	return keys
}

func jsonName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}

// assignText gives the field, a pointer, a new value. Lists are separated by commas; a period is 21:00-07:00.
func assignText(field reflect.Value, text string) error {
	target := reflect.New(field.Type().Elem())
	if err := json.Unmarshal(asJSON(target.Type().Elem(), text), target.Interface()); err != nil {
		return err
	}
	field.Set(target)
	return nil
}

func asJSON(t reflect.Type, text string) []byte {
	var v any = text
	switch {
	case t == reflect.TypeFor[fax.Period]():
		start, end, _ := strings.Cut(text, "-")
		v = map[string]string{"start": strings.TrimSpace(start), "end": strings.TrimSpace(end)}
	case reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) || t.Kind() == reflect.String:
	case t.Kind() == reflect.Slice:
		list := []string{}
		for item := range strings.SplitSeq(text, ",") {
			if item = strings.TrimSpace(item); item != "" {
				list = append(list, item)
			}
		}
		v = list
	default: // numbers, true and false
		return []byte(text)
	}
	data, _ := json.Marshal(v) // text always can be
	return data
}

func kindOf(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[fax.Period]():
		return "a period such as 21:00-07:00"
	case t.Kind() == reflect.Bool:
		return "true or false"
	case t.Kind() == reflect.Int:
		return "a whole number"
	}
	return "text"
}

// members prints an object's members one a line: name and value, as they can be set again.
func members(v any) [][2]string {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err) // plain values
	}
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(data, &raw); err != nil {
		panic(err)
	}
	var list [][2]string
	for _, name := range namesOf(reflect.TypeOf(v)) {
		if text, ok := raw[name]; ok {
			list = append(list, [2]string{name, plainText(text)})
		}
	}
	return list
}

// namesOf are the JSON names of a struct's fields in their order, those of embedded structs where they are embedded.
func namesOf(t reflect.Type) []string {
	var names []string
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous && f.Tag.Get("json") == "" {
			names = append(names, namesOf(f.Type)...)
		} else if name := jsonName(f); name != "" && name != "-" {
			names = append(names, name)
		}
	}
	return names
}

// plainText is a JSON value as somebody would write it.
func plainText(raw json.RawMessage) string {
	var v any
	if json.Unmarshal(raw, &v) != nil {
		return string(raw)
	}
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case []any:
		var items []string
		for _, item := range v {
			items = append(items, fmt.Sprint(item))
		}
		return strings.Join(items, ",")
	case map[string]any:
		if text, ok := v["text"].(string); ok {
			return text
		}
		if start, ok := v["start"].(string); ok {
			return fmt.Sprintf("%s-%v", start, v["end"])
		}
	}
	return string(raw)
}
