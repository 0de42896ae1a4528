package render

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	_ "unsafe" // for go:linkname

	_ "github.com/klippa-app/go-pdfium/webassembly" // has the module
	"github.com/tetratelabs/wazero"
)

// Wazero decodes and checks the whole of a module before it looks whether its compiled code is there: of PDFium, every time a
// child starts, 45 ms worth. So the code is kept, and started, as that of an outline of PDFium: the same module with functions
// that have no bodies. Nothing but the code and the module's other parts is needed once it is compiled.

// module is PDFium in WebAssembly, as go-pdfium has it.
//
//go:linkname module github.com/klippa-app/go-pdfium/webassembly.pdfiumWasm
var module []byte

var errModule = errors.New("render: PDFium's module is not as expected")

// outlineOf is a module of WebAssembly whose functions do nothing but fail. Only whole sections and the number of functions
// are looked at.
func outlineOf(module []byte) ([]byte, error) {
	const (
		header      = 8
		codeSection = 10
	)
	// The body of a function: of three octets; no local variables, unreachable, end.
	body := []byte{3, 0x00, 0x00, 0x0B}
	if len(module) < header {
		return nil, errModule
	}
	outline := append(make([]byte, 0, len(module)/2), module[:header]...)
	for rest := module[header:]; len(rest) > 0; {
		size, n := binary.Uvarint(rest[1:])
		end := 1 + n + int(size)
		if n <= 0 || size > uint64(len(rest)) || end > len(rest) {
			return nil, errModule
		}
		section, content := rest[:end], rest[1+n:end]
		rest = rest[end:]
		if section[0] != codeSection {
			outline = append(outline, section...)
			continue
		}
		functions, n := binary.Uvarint(content)
		if n <= 0 || functions > size {
			return nil, errModule
		}
		outline = append(outline, codeSection)
		outline = binary.AppendUvarint(outline, uint64(n)+functions*uint64(len(body)))
		outline = append(outline, content[:n]...)
		for range functions {
			outline = append(outline, body...)
		}
	}
	return outline, nil
}

// prepare sees to it that the folder has the compiled code with which PDFium starts. If what is there does not start, or nothing
// is there, it is compiled: 2 to 30 seconds and 300 MB.
func prepare(ctx context.Context, folder string) error {
	if try(ctx, folder) == nil {
		return nil
	}
	work, err := os.MkdirTemp(folder, compiling)
	if err != nil {
		return fmt.Errorf("making a folder to compile in: %w", err)
	}
	defer os.RemoveAll(work) // what is left of it is in nobody's way
	outline, err := outlineOf(module)
	if err != nil {
		return err
	}
	whole, err := codeOf(ctx, module, filepath.Join(work, "whole"))
	if err != nil {
		return err
	}
	empty, err := codeOf(ctx, outline, filepath.Join(work, "outline"))
	if err != nil {
		return err
	}
	place, err := filepath.Rel(filepath.Join(work, "outline"), empty)
	if err != nil {
		return err
	}
	place = filepath.Join(folder, place)
	if err := os.MkdirAll(filepath.Dir(place), 0o700); err != nil {
		return err
	}
	if err := os.Rename(whole, place); err != nil {
		return err
	}
	return try(ctx, folder)
}

// compiling is the pattern of folders in which code is made.
const compiling = "compiling-*"

// try starts PDFium with the code in this folder. The code of the outline itself, which wazero makes if there is none, fails.
func try(ctx context.Context, folder string) error {
	e, err := openEngine(ctx, folder, DefaultLimits.Memory, nil)
	if err != nil {
		return err
	}
	instance, err := e.instance()
	if err == nil {
		err = instance.Close()
	}
	return errors.Join(err, e.Close())
}

// codeOf compiles a module, and yields the file with its code, in a new folder.
func codeOf(ctx context.Context, module []byte, folder string) (file string, err error) {
	cache, err := openCache(folder)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, cache.Close(ctx)) }()
	runtime := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfig().WithCompilationCache(cache))
	defer func() { err = errors.Join(err, runtime.Close(ctx)) }()
	if _, err := runtime.CompileModule(ctx, module); err != nil {
		return "", fmt.Errorf("compiling PDFium: %w", err)
	}
	files, err := filepath.Glob(filepath.Join(folder, code, "*"))
	if err != nil || len(files) != 1 {
		return "", fmt.Errorf("render: compiling made %d files of code", len(files))
	}
	return files[0], nil
}
