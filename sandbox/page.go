package sandbox

import (
	"embed"
	"net/http"
)

//go:embed page
var pageFiles embed.FS

// servePage serves the chat page at / and its assets under /page/.
func (f *Feishu) servePage(mux *http.ServeMux) {
	files := http.FileServerFS(pageFiles)
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		pageHeaders(w)
		http.ServeFileFS(w, r, pageFiles, "page/index.html")
	})
	mux.HandleFunc("GET /page/", func(w http.ResponseWriter, r *http.Request) {
		pageHeaders(w)
		files.ServeHTTP(w, r)
	})
}

// pageHeaders allows only the page's own scripts and makes browsers revalidate.
func pageHeaders(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-cache")
}
