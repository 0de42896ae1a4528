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

// The parts of a module of WebAssembly that matter here.
const (
	wasmHeader    = 8 // octets
	customSection = 0
	codeSection   = 10
)

// sections calls f for each section of a module: all of its octets, and those behind its length.
func sections(module []byte, f func(id byte, section, content []byte) error) error {
	if len(module) < wasmHeader {
		return errModule
	}
	for rest := module[wasmHeader:]; len(rest) > 0; {
		size, n := binary.Uvarint(rest[1:])
		end := 1 + n + int(size)
		if n <= 0 || size > uint64(len(rest)) || end > len(rest) {
			return errModule
		}
		if err := f(rest[0], rest[:end], rest[1+n:end]); err != nil {
			return err
		}
		rest = rest[end:]
	}
	return nil
}

func appendSection(module []byte, id byte, content []byte) []byte {
	return append(binary.AppendUvarint(append(module, id), uint64(len(content))), content...)
}

// outlineOf is a module of WebAssembly whose functions do nothing but fail. Only whole sections and the number of functions
// are looked at.
func outlineOf(module []byte) ([]byte, error) {
	// The body of a function: of three octets; no local variables, unreachable, end.
	body := []byte{3, 0x00, opUnreachable, opEnd}
	outline := append(make([]byte, 0, len(module)/2), module[:min(len(module), wasmHeader)]...)
	err := sections(module, func(id byte, section, content []byte) error {
		if id == customSection { // nothing depends on it, and the outline has one of its own
			return nil
		}
		if id != codeSection {
			outline = append(outline, section...)
			return nil
		}
		functions, n := binary.Uvarint(content)
		if n <= 0 || functions > uint64(len(content)) {
			return errModule
		}
		outline = append(outline, codeSection)
		outline = binary.AppendUvarint(outline, uint64(n)+functions*uint64(len(body)))
		outline = append(outline, content[:n]...)
		for range functions {
			outline = append(outline, body...)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	// The outline's name is made of what is in it: code made in another way, of the same module, is to have another.
	return appendSection(outline, customSection, append([]byte{0, byte(len(making))}, making...)), nil
}

// making says how code is made: it changes with withoutDivisions.
const making = "without divisions"

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
	quick, err := withoutDivisions(module)
	if err != nil {
		return err
	}
	whole, err := codeOf(ctx, quick, filepath.Join(work, "whole"))
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
