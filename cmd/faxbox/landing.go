package main

import (
	"fmt"
	"html"
	"net/http"
)

// landing is what a browser sees until there are pages: where things are.
func landing(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	fmt.Fprintf(w, landingPage, html.EscapeString(version()))
}

const landingPage = `<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>faxbox</title>
<style>body { font: 1rem/1.5 sans-serif; margin: 3rem auto; max-width: 36rem; padding: 0 1rem }</style>
<h1>faxbox</h1>
<p>The fax server runs, version %s. It has no pages yet; programs and the command line use it:</p>
<ul>
<li><a href="/openapi.json">what the API offers</a></li>
<li><a href="/healthz">is all well?</a></li>
<li><a href="/api/v1/status">what the ports do</a> (for those who are logged in)</li>
</ul>
<p>On the box itself: <code>faxbox help</code>.</p>
</html>
`
