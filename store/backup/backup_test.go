package backup

import (
	"bytes"
	"errors"
	"io"
	"os"
	"testing"
	"testing/iotest"

	"filippo.io/age"
)

const passphrase = "correct horse"

func sealed(t *testing.T, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := Seal(&b, passphrase, 8) // cheap: package race makes scrypt slow
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.Write(data)
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func read(data []byte, passphrase string) ([]byte, error) {
	r, err := Open(bytes.NewReader(data), passphrase)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

func TestSealAndOpen(t *testing.T) {
	for _, size := range []int{0, 1, 64 << 10, 200_001} {
		data := bytes.Repeat([]byte("f"), size)
		got, err := read(sealed(t, data), passphrase)
		if err != nil || !bytes.Equal(got, data) {
			t.Errorf("%d octets: %d, %v", size, len(got), err)
		}
	}
}

func TestWhatIsNotWhole(t *testing.T) {
	good := sealed(t, bytes.Repeat([]byte("fax"), 50_000))
	bad := bytes.Clone(good)
	bad[len(bad)/2] ^= 1
	header := bytes.Clone(good)
	header[30] ^= 1
	for name, test := range map[string]struct {
		data       []byte
		passphrase string
		want       error
	}{
		"wrong passphrase":  {good, passphrase + "!", ErrPassphrase},
		"no passphrase":     {good, "", ErrPassphrase},
		"cut off":           {good[:len(good)-1], passphrase, ErrDamaged}, // a last chunk that is no longer what it was
		"cut between":       {good[:len(good)/2], passphrase, ErrDamaged},
		"cut at a chunk":    {good[:len(good)-(150_000-2*(64<<10))-16], passphrase, ErrCut},
		"cut in the head":   {good[:100], passphrase, ErrNoBackup},
		"empty":             {nil, passphrase, ErrNoBackup},
		"a bit":             {bad, passphrase, ErrDamaged},
		"a bit of the salt": {header, passphrase, ErrPassphrase},
		"another file":      {bytes.Repeat([]byte("%PDF-1.4\n"), 99), passphrase, ErrNoBackup},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := read(test.data, test.passphrase); !errors.Is(err, test.want) {
				t.Errorf("%v, want %v", err, test.want)
			}
		})
	}
}

func TestShortPassphrase(t *testing.T) {
	for _, p := range []string{"", "ninechars", "ÄÖÜäöüßéè"} {
		if _, err := Seal(io.Discard, p, Usual); !errors.Is(err, ErrShort) {
			t.Errorf("%q: %v", p, err)
		}
	}
}

// An error of whoever reads is not one of the backup.
func TestForeignErrors(t *testing.T) {
	r, err := Open(io.MultiReader(bytes.NewReader(sealed(t, make([]byte, 100_000))[:70_000]), iotest.ErrReader(os.ErrDeadlineExceeded)), passphrase)
	if err == nil {
		_, err = io.ReadAll(r)
	}
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error(err)
	}
}

// TestUsualCost is the only one that takes the time that a passphrase takes.
func TestUsualCost(t *testing.T) {
	var b bytes.Buffer
	w, err := Seal(&b, passphrase, Usual)
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := read(b.Bytes(), passphrase); err != nil {
		t.Error(err)
	}
}

// What asks for more memory than a small board has is refused before it takes it.
func TestCostIsLimited(t *testing.T) {
	var b bytes.Buffer
	to, err := age.NewScryptRecipient(passphrase)
	if err != nil {
		t.Fatal(err)
	}
	to.SetWorkFactor(1)
	w, err := age.Encrypt(&b, to)
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	dear := bytes.Replace(b.Bytes(), []byte(" 1\n"), []byte(" 22\n"), 1)
	if _, err := read(dear, passphrase); !errors.Is(err, ErrNoBackup) {
		t.Error(err)
	}
}
