package browsertest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// Page is a page in its own tab, with its own cookies and storage. Each method fails the test on an error, and so does a
// script error of the page.
type Page struct {
	tb  testing.TB
	ctx context.Context //nolint:containedctx // to chromedp this context is the tab
}

// Open opens an address.
func (b *Browser) Open(tb testing.TB, url string) *Page {
	tb.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext())
	p := &Page{tb, ctx}
	if err := chromedp.Do(ctx); err != nil {
		cancel()
		tb.Fatalf("open a tab: %v", err)
	}
	watched := p.watchConsole()
	tb.Cleanup(func() {
		cancel()
		<-watched
	})
	p.do(chromedp.Navigate(url))
	return p
}

// watchConsole fails the test on a script error or a blocked resource; the channel closes after the tab.
func (p *Page) watchConsole() <-chan struct{} {
	messages, done := chromedp.Console(p.ctx), make(chan struct{})
	go func() {
		defer close(done)
		for m, err := range messages {
			if err != nil {
				return
			}
			if m.IsException() || strings.Contains(m.Text, "Content Security Policy") {
				p.tb.Errorf("browser console: %s", m.Text)
			}
		}
	}()
	return done
}

func (p *Page) do(steps ...chromedp.Action[chromedp.Void]) {
	p.tb.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, waitTimeout)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		p.tb.Fatalf("browser: %v", err)
	}
}

// Reload loads the page again; its storage stays.
func (p *Page) Reload() {
	p.tb.Helper()
	p.do(chromedp.Reload())
}

// Resize changes the size of the window.
func (p *Page) Resize(width, height int64) {
	p.tb.Helper()
	p.do(chromedp.EmulateViewport(width, height))
}

// Click clicks a visible element. If the page replaces the element meanwhile, it tries again.
func (p *Page) Click(selector string) {
	p.tb.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, waitTimeout)
	defer cancel()
	for {
		err := chromedp.Do(ctx, chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible))
		if err == nil {
			return
		}
		if ctx.Err() != nil {
			p.tb.Fatalf("click %s: %v", selector, err)
		}
	}
}

// HoverUntil moves the mouse over the middle of an element until a JavaScript expression becomes true. It repeats this, as the
// element may move.
func (p *Page) HoverUntil(selector, expression string) {
	p.tb.Helper()
	p.UntilShown(selector, "")
	ctx, cancel := context.WithTimeout(p.ctx, waitTimeout)
	defer cancel()
	middle := chromedp.Evaluate[[]float64](fmt.Sprintf(`(() => {
		const node = document.querySelector(%q);
		node.scrollIntoView({ block: "nearest", behavior: "instant" });
		const box = node.getBoundingClientRect();
		return [box.x + box.width / 2, box.y + box.height / 2];
	})()`, selector))
	for done := false; !done; {
		at, err := chromedp.Run(ctx, middle)
		if err == nil {
			err = chromedp.Do(ctx, chromedp.MouseEvent(chromedp.MouseMoved, at[0], at[1]))
		}
		if err == nil {
			done, err = chromedp.Run(ctx, chromedp.Evaluate[bool](expression))
		}
		if err != nil {
			p.tb.Fatalf("hover over %s until %s: %v", selector, expression, err)
		}
	}
}

// Write types into an input.
func (p *Page) Write(selector, text string) {
	p.tb.Helper()
	p.do(chromedp.SendKeys(chromedp.CSS(selector), text))
}

// keyCodes are the keys that Key can press.
var keyCodes = map[string]int64{ //nolint:gochecknoglobals // a table
	"Tab": 9, "Enter": 13, "Escape": 27, "End": 35, "Home": 36, "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40,
}

// Enter presses Enter in the focused element.
func (p *Page) Enter() {
	p.tb.Helper()
	p.Key("Enter")
}

// Key presses a key that is no character in the focused element, without the input of a character.
func (p *Page) Key(name string) {
	p.tb.Helper()
	p.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		for _, kind := range []input.DispatchKeyEventType{input.DispatchKeyEventTypeRawKeyDown, input.DispatchKeyEventTypeKeyUp} {
			_, err := cdp.Call(ctx, t, input.DispatchKeyEvent, input.DispatchKeyEventParams{
				Type: kind, Key: name, Code: name, WindowsVirtualKeyCode: keyCodes[name], NativeVirtualKeyCode: keyCodes[name],
			})
			if err != nil {
				return err
			}
		}
		return nil
	}))
}

// Until waits for a JavaScript expression to become true.
func (p *Page) Until(what, expression string) {
	p.tb.Helper()
	_, err := chromedp.Run(p.ctx, chromedp.Poll[bool](expression,
		chromedp.WithPollingInterval(20*time.Millisecond), chromedp.WithPollingTimeout(waitTimeout)))
	if err != nil {
		p.tb.Fatalf("%s: %v\nthe page says:\n%s", what, err, p.Eval("document.body.innerText"))
	}
}

// UntilShown waits for an element that holds a text.
func (p *Page) UntilShown(selector, text string) {
	p.tb.Helper()
	p.Until(fmt.Sprintf("%q in %s", text, selector),
		fmt.Sprintf("[...document.querySelectorAll(%q)].some((node) => node.textContent.includes(%q))", selector, text))
}

// UntilGone waits for an element to leave the page.
func (p *Page) UntilGone(selector string) {
	p.tb.Helper()
	p.Until("no "+selector, fmt.Sprintf("document.querySelector(%q) === null", selector))
}

// Eval returns the value of a JavaScript expression, which must be a string.
func (p *Page) Eval(expression string) string {
	p.tb.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, waitTimeout)
	defer cancel()
	out, err := chromedp.Run(ctx, chromedp.Evaluate[string](expression))
	if err != nil {
		p.tb.Fatalf("evaluate %s: %v", expression, err)
	}
	return out
}

// Attr returns an attribute of an element, or "" if it does not exist.
func (p *Page) Attr(selector, name string) string {
	p.tb.Helper()
	return p.Eval(fmt.Sprintf("document.querySelector(%q)?.getAttribute(%q) ?? ''", selector, name))
}

// TestID returns the selector of elements with this data-testid.
func TestID(id string) string { return fmt.Sprintf("[data-testid=%q]", id) }
