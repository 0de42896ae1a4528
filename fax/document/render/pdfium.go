package render

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/klippa-app/go-pdfium"
	"github.com/klippa-app/go-pdfium/webassembly"
	"github.com/tetratelabs/wazero"
)

// wasmPage is the unit in which WebAssembly counts memory.
const wasmPage = 64 << 10

// engine is PDFium, compiled from WebAssembly to this machine's code. Compiling takes 2 to 30 seconds and 300 MB; with a cache
// that holds the result it takes some 30 ms.
type engine struct {
	pool  pdfium.Pool
	cache wazero.CompilationCache

	memory int64 // octets that a document may take
}

// openEngine starts PDFium with the compiled code in this folder, which prepare has put there; without a folder it is compiled
// anew. Memory is the most, in octets, that a document may take. PDFium sees the fonts and no other file.
func openEngine(ctx context.Context, folder string, memory int64, fonts fs.FS) (*engine, error) {
	pdfium := module
	if folder != "" {
		var err error
		if pdfium, err = outlineOf(module); err != nil {
			return nil, err
		}
	}
	cache, err := openCache(folder)
	if err != nil {
		return nil, err
	}
	// Never WithCloseOnContextDone: every document would take 4 to 11 times as long. What stops PDFium is the end of the
	// process.
	config := wazero.NewRuntimeConfig().
		WithCompilationCache(cache).
		WithMemoryLimitPages(uint32(min(memory/wasmPage, 1<<16)))
	pool, err := webassembly.InitWithWASM(webassembly.Config{
		WASM:    pdfium,
		Context: withMemory(ctx),
		MaxIdle: 1, MaxTotal: 1,
		FSConfig:      wazero.NewFSConfig().WithFSMount(fontTree{fonts}, "/"), // without it PDFium gets the whole disk
		RuntimeConfig: config,
		Stdout:        io.Discard,
		Stderr:        io.Discard,
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("starting PDFium: %w", err), cache.Close(ctx))
	}
	return &engine{pool, cache, memory}, nil
}

func openCache(folder string) (wazero.CompilationCache, error) {
	if folder == "" {
		return wazero.NewCompilationCache(), nil
	}
	cache, err := wazero.NewCompilationCacheWithDir(folder)
	if err != nil {
		return nil, fmt.Errorf("opening the cache of compiled code: %w", err)
	}
	return cache, nil
}

// instance is a PDFium of its own, with memory of its own.
func (e *engine) instance() (pdfium.Pdfium, error) { return e.pool.GetInstance(time.Minute) }

// Close ends PDFium.
func (e *engine) Close() error {
	return errors.Join(e.pool.Close(), e.cache.Close(context.Background()))
}

// fontsIn is the folder as a file system, nil without one.
func fontsIn(folder string) fs.FS {
	if folder == "" {
		return nil
	}
	return os.DirFS(folder)
}
