// Package browser walks a real browser, Chromium, over the pages of a faxbox: it clicks, types and looks as somebody in an
// office does, and asks the browser what came of it.
package browser

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// Find is where Chromium is; empty if it is not installed.
func Find() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// Browser is a Chromium that runs without a screen.
type Browser struct {
	ctx  context.Context
	stop func()
}

// Open starts the browser, with a profile of its own that goes with it.
func Open(ctx context.Context) (*Browser, error) {
	path := Find()
	if path == "" {
		return nil, errors.New("there is no Chromium: install the package chromium")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.DisableGPU,
		chromedp.Flag("hide-scrollbars", true), chromedp.WSURLReadTimeout(time.Minute))
	if os.Getuid() == 0 {
		options = append(options, chromedp.NoSandbox) // it refuses to run otherwise; the pages are our own
	}
	ctx, stopProgram := chromedp.NewExecAllocator(ctx, options...)
	ctx, stopTab := chromedp.NewContext(ctx)
	b := &Browser{ctx, func() { stopTab(); stopProgram() }}
	if err := chromedp.Do(ctx); err != nil {
		b.Close()
		return nil, fmt.Errorf("starting Chromium: %w", err)
	}
	return b, nil
}

// Close ends the browser.
func (b *Browser) Close() { b.stop() }

// Look is how somebody looks at the pages.
type Look struct {
	Width, Height int
	Dark          bool
	NoScript      bool
}

// patience is how long anything may take that the browser is asked for; waiting for a fax is given its own time.
const patience = time.Minute

// Page is a window with cookies of its own: a person. Its methods are for one goroutine.
type Page struct {
	Root string // of addresses: http://127.0.0.1:8080

	ctx   context.Context
	close func()
	look  Look

	mu      sync.Mutex // guards console
	console []string   // what the browser complained of
}

// Page opens a window.
func (b *Browser) Page(root string, look Look) (*Page, error) {
	ctx, stop := chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext())
	p := &Page{Root: root, ctx: ctx, close: stop}
	if err := p.open(look); err != nil {
		stop()
		return nil, err
	}
	return p, nil
}

func (p *Page) open(look Look) error {
	if err := chromedp.Listen(p.ctx, p.hear); err != nil {
		return err
	}
	if _, err := chromedp.Call(p.ctx, cdplog.Enable, cdp.Empty{}); err != nil {
		return err
	}
	if _, err := chromedp.Call(p.ctx, network.Enable, network.EnableParams{}); err != nil {
		return err
	}
	return p.Look(look)
}

// Close closes the window and forgets its cookies.
func (p *Page) Close() { p.close() }

// hear keeps what the browser complains of, and says yes to every question.
func (p *Page) hear(event any) {
	switch e := event.(type) {
	case *cdplog.EventEntryAdded:
		if e.Entry.Level == cdplog.EntryLevelError || e.Entry.Level == cdplog.EntryLevelWarning {
			p.complain("%s %s", e.Entry.Text, e.Entry.URL)
		}
	case *runtime.EventExceptionThrown:
		p.complain("%s", e.ExceptionDetails.Text)
	case *page.EventJavascriptDialogOpening:
		go func() { // the answer comes by way of the loop that calls us
			_, _ = chromedp.Call(p.ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: true})
		}()
	}
}

func (p *Page) complain(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.console = append(p.console, strings.TrimSpace(fmt.Sprintf(format, args...)))
}

// Complaints are what the browser complained of since this was last asked: breaches of the pages' policy, scripts that
// failed, what could not be loaded.
func (p *Page) Complaints() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := p.console
	p.console = nil
	return list
}

// Look changes how the pages are looked at.
func (p *Page) Look(l Look) error {
	p.look = l
	scheme := "light"
	if l.Dark {
		scheme = "dark"
	}
	_, err := chromedp.Call(p.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}})
	if err != nil {
		return err
	}
	_, err = chromedp.Call(p.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: l.NoScript})
	if err != nil {
		return err
	}
	return p.size(int64(l.Height))
}

// limited runs steps with patience.
func (p *Page) limited(steps ...chromedp.Action[chromedp.Void]) error {
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	return chromedp.Do(ctx, steps...)
}

// Go opens a page by its path.
func (p *Page) Go(path string) error {
	if err := p.limited(chromedp.Navigate(p.Root + path)); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// Eval is what an expression of JavaScript comes to in the page, even in one without script.
func Eval[T any](p *Page, expression string) (T, error) {
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		return v, fmt.Errorf("%.80s: %w", expression, err)
	}
	return v, nil
}

// Until waits until an expression becomes true, on whatever page there is by then.
func (p *Page) Until(d time.Duration, condition string) error {
	for end := time.Now().Add(d); ; time.Sleep(50 * time.Millisecond) {
		ok, err := Eval[bool](p, "Boolean("+condition+")")
		if ok && err == nil {
			return nil
		}
		if time.Now().After(end) || p.ctx.Err() != nil {
			here, _ := Eval[string](p, "location.pathname + ': ' + document.body.innerText.slice(0, 600)")
			return errors.Join(fmt.Errorf("after %v still not: %s\non %s", d, condition, here), err)
		}
	}
}

// Follow clicks what leads to another page, and waits until that is there.
func (p *Page) Follow(selector string) error {
	if _, err := Eval[bool](p, "window.left = true"); err != nil {
		return err
	}
	if err := p.Click(selector); err != nil {
		return err
	}
	return p.Until(patience, "!window.left && document.readyState === 'complete'")
}

// Click clicks with the mouse on an element that can be seen.
func (p *Page) Click(selector string) error {
	if err := p.limited(chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible)); err != nil {
		return fmt.Errorf("click %s: %w", selector, err)
	}
	return nil
}

// Type replaces what stands in a field, as somebody does who marks all of it and types.
func (p *Page) Type(selector, text string) error {
	field := chromedp.CSS(selector)
	err := p.limited(chromedp.WaitVisible(field), chromedp.Focus(field))
	if err == nil {
		_, err = Eval[bool](p, fmt.Sprintf("document.querySelector(%q).select() || true", selector))
	}
	if err == nil {
		err = p.Keys(cmp.Or(text, kb.Delete))
	}
	if err != nil {
		return fmt.Errorf("type into %s: %w", selector, err)
	}
	return nil
}

// Choose chooses in a list, as the keys would.
func (p *Page) Choose(selector, value string) error {
	js := fmt.Sprintf(`(() => { const e = document.querySelector(%q); e.value = %q;
		e.dispatchEvent(new Event('input', {bubbles: true})); e.dispatchEvent(new Event('change', {bubbles: true}));
		return e.value === %[2]q })()`, selector, value)
	switch ok, err := Eval[bool](p, js); {
	case err != nil:
		return fmt.Errorf("choose in %s: %w", selector, err)
	case !ok:
		return fmt.Errorf("%s offers no %q", selector, value)
	}
	return nil
}

// Upload puts files into a field.
func (p *Page) Upload(selector string, files ...string) error {
	return p.limited(chromedp.SetUploadFiles(chromedp.CSS(selector), files))
}

// Keys presses keys.
func (p *Page) Keys(keys string) error { return p.limited(chromedp.KeyEvent(keys)) }

// Picture is all of the page as PNG, in a window that is made as high as the page for it.
func (p *Page) Picture() ([]byte, error) {
	height, err := Eval[int64](p, "document.documentElement.scrollHeight")
	if err != nil {
		return nil, err
	}
	if err := p.size(max(height, int64(p.look.Height))); err != nil {
		return nil, err
	}
	picture, err := p.Window()
	return picture, errors.Join(err, p.size(int64(p.look.Height)))
}

// Window is what the window shows, as PNG.
func (p *Page) Window() ([]byte, error) {
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, chromedp.CaptureScreenshot())
}

func (p *Page) size(height int64) error {
	return chromedp.Do(p.ctx, chromedp.EmulateViewport(int64(p.look.Width), height))
}

// Cookies are the window's, by name.
func (p *Page) Cookies() (map[string]*network.Cookie, error) {
	got, err := chromedp.Call(p.ctx, network.GetCookies, network.GetCookiesParams{})
	all := map[string]*network.Cookie{}
	for _, c := range got.Cookies {
		all[c.Name] = c
	}
	return all, err
}

// Version is the browser's name and version.
func (b *Browser) Version() (string, error) {
	v, err := chromedp.CallBrowser(b.ctx, browser.GetVersion, cdp.Empty{})
	return v.Product, err
}
