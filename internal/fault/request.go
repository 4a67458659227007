package fault

import (
	"io"
	"net/http"
)

// Body is what the server reads of the request's body: all of it, or so many bytes, after which the
// connection ends as [Plan.CutRequest] says.
func (p *Plan) Body(r *http.Request) io.ReadCloser {
	if p.CutRequest == never {
		return r.Body
	}
	return &cutBody{r.Body, max(0, p.CutRequest)}
}

// A cutBody ends its handler, and so the connection, when it has been read so far.
type cutBody struct {
	io.ReadCloser
	left int64
}

func (b *cutBody) Read(p []byte) (int, error) {
	if b.left == 0 {
		panic(http.ErrAbortHandler)
	}
	n, err := b.ReadCloser.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}
