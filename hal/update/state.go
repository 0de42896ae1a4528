package update

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"unicode"
	"unicode/utf8"
)

// Keeper keeps the state in a file that survives the plug being pulled. The zero value keeps nothing.
type Keeper struct{ Path string }

// Load is the state as it was kept last, the zero value if it never was.
func (k Keeper) Load() (State, error) {
	var s State
	data, err := os.ReadFile(k.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, err
	}
	return s, json.Unmarshal(data, &s)
}

// Keep keeps the state. It returns when that is durable.
func (k Keeper) Keep(s State) error { return k.write(s, true) }

// Show keeps the state for those who look now; it need not be durable, and nothing depends on it.
func (k Keeper) Show(s State) { _ = k.write(s, false) }

func (k Keeper) write(s State, sync bool) error {
	data, err := json.Marshal(s)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(k.Path), 0o755); err != nil {
		return err
	}
	beside := k.Path + ".new"
	f, err := os.OpenFile(beside, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(append(data, '\n'))
	if sync && err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := os.Rename(beside, k.Path); err != nil || !sync {
		return err
	}
	dir, err := os.Open(filepath.Dir(k.Path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// Sentence makes an error a sentence for whoever looks at the page.
func Sentence(err error) string {
	text := err.Error()
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:] + "."
}
