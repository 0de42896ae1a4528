package fax

import (
	"os"
	"reflect"
	"strings"
	"testing"
)

// objects are the types that testdata/members.txt speaks of.
var objects = map[string]any{
	"Server": Server{}, "Port": Port{}, "Status": Status{}, "RoutingMethod": RoutingMethod{}, "Job": Job{},
	"Document": Document{}, "Message": Message{},
}

// The peer's objects have that many members; counts by object guard against a line lost.
var memberCounts = map[string]int{
	"FaxServer": 19, "FaxPorts": 2, "FaxPort": 11, "FaxStatus": 20, "FaxRoutingMethods": 2, "FaxRoutingMethod": 9,
	"FaxJobs": 2, "FaxJob": 17, "FaxDoc": 35, "FaxTiff": 11,
}

// Every member of the object model is a field of the type that stands for its object, unless the list says that it is an
// operation.
func TestEveryMemberHasItsPlace(t *testing.T) {
	text, err := os.ReadFile("testdata/members.txt")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]int{}
	seen := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		line, _, _ = strings.Cut(line, "#")
		member, place, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok {
			continue
		}
		object, _, _ := strings.Cut(member, ".")
		if seen[member] {
			t.Errorf("%s stands there twice", member)
		}
		seen[member] = true
		found[object]++
		checkPlace(t, member, strings.TrimSpace(place))
	}
	if !reflect.DeepEqual(found, memberCounts) {
		t.Errorf("members listed: %v, want %v", found, memberCounts)
	}
}

func checkPlace(t *testing.T, member, place string) {
	t.Helper()
	name, field, _ := strings.Cut(strings.TrimPrefix(place, "list "), ".")
	object, known := objects[name]
	switch {
	case place == "client", place == "never", strings.Contains(place, " /api/v1/"):
	case !known:
		t.Errorf("%s: %q is no type of ours", member, place)
	case strings.HasPrefix(place, "list "):
		if field != "count" {
			t.Errorf("%s: %q: a listing has only a count", member, place)
		}
	default:
		want := strings.ToLower(member[strings.IndexByte(member, '.')+1:])
		if strings.ToLower(field) != want {
			t.Errorf("%s is called %s: JSON names are the members' own", member, field)
		}
		if !jsonFields(reflect.TypeOf(object))[field] {
			t.Errorf("%s: %s has no JSON field %q", member, name, field)
		}
	}
}

// jsonFields are the names of a struct's fields in JSON, those of embedded structs included.
func jsonFields(t reflect.Type) map[string]bool {
	names := map[string]bool{}
	for _, f := range reflect.VisibleFields(t) {
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" && name != "-" {
			names[name] = true
		}
	}
	return names
}

// What can be patched is a field of the object by the same name and type, so that a patch is a part of the object.
func TestPatchesArePartsOfTheirObjects(t *testing.T) {
	for _, c := range []struct{ object, patch any }{
		{ServerResource{}, ServerPatch{}}, {Port{}, PortPatch{}}, {RoutingMethod{}, RoutingMethodPatch{}}, {Message{}, MessagePatch{}},
	} {
		object, patch := reflect.TypeOf(c.object), reflect.TypeOf(c.patch)
		for _, f := range reflect.VisibleFields(patch) {
			of, ok := object.FieldByName(f.Name)
			switch {
			case !ok:
				t.Errorf("%v.%s is no field of %v", patch, f.Name, object)
			case f.Type.Kind() != reflect.Pointer || f.Type.Elem() != of.Type:
				t.Errorf("%v.%s is a %v, want *%v", patch, f.Name, f.Type, of.Type)
			case f.Tag.Get("json") != of.Tag.Get("json")+",omitempty":
				t.Errorf("%v.%s is called %q in JSON, the object's field %q", patch, f.Name, f.Tag.Get("json"), of.Tag.Get("json"))
			}
		}
	}
}
