// Package awschunked reads bodies with the content encoding aws-chunked, in which clients of S3
// send what they sign, or sum, while they send it:
//
//	<size in hex>[;chunk-signature=<signature>]\r\n<data>\r\n … 0[;…]\r\n[<name>:<value>\r\n …]\r\n
//
// It is described in S3's API reference, "Signature calculations for the Authorization header:
// transferring payload in multiple chunks". Both test kits read it: irsatest judges the signatures,
// s3readtest keeps the data.
package awschunked

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// ErrFormat says that a body is not in chunks. One that ends early is [io.ErrUnexpectedEOF].
var ErrFormat = errors.New("the body is not aws-chunked")

// maxLine bounds a line that is not data.
const maxLine = 16 << 10

// A Chunk is a part of the data, with its signature, "" where it has none.
type Chunk struct {
	Data      []byte
	Signature string
}

// A Body is one that has been read. Its last chunk is empty.
type Body struct {
	Chunks  []Chunk
	Trailer http.Header // what follows the last chunk
	// RawTrailer holds the lines of Trailer as they were sent, but for the trailer's own signature:
	// what that signature covers.
	RawTrailer string
}

// Data is the data of all chunks.
func (b *Body) Data() []byte {
	data := []byte{}
	for _, c := range b.Chunks {
		data = append(data, c.Data...)
	}
	return data
}

// TrailerSignature is the name of the trailer's own signature among its lines.
const TrailerSignature = "x-amz-trailer-signature"

// Read reads a body to its end.
func Read(body io.Reader) (*Body, error) {
	r := bufio.NewReader(body)
	b := new(Body)
	for {
		c, err := readChunk(r)
		if err != nil {
			return nil, err
		}
		b.Chunks = append(b.Chunks, c)
		if len(c.Data) == 0 {
			return b, b.readTrailer(r)
		}
	}
}

func readChunk(r *bufio.Reader) (Chunk, error) {
	line, err := readLine(r)
	if err != nil {
		return Chunk{}, err
	}
	digits, extension, _ := strings.Cut(line, ";")
	size, err := strconv.ParseUint(strings.TrimSpace(digits), 16, 40)
	if err != nil {
		return Chunk{}, fmt.Errorf("%w: %.40q is no size", ErrFormat, line)
	}
	var c Chunk
	c.Signature, _ = strings.CutPrefix(strings.TrimSpace(extension), "chunk-signature=")
	if size == 0 {
		return c, nil
	}
	// It grows with what there is, whatever the size says.
	if c.Data, err = io.ReadAll(io.LimitReader(r, int64(size))); err != nil {
		return Chunk{}, err
	}
	if uint64(len(c.Data)) < size {
		return Chunk{}, io.ErrUnexpectedEOF
	}
	end, err := readLine(r)
	if err == nil && end != "" {
		err = fmt.Errorf("%w: a chunk is longer than its size", ErrFormat)
	}
	return c, err
}

// readTrailer reads the lines behind the last chunk. Some clients end the body without the empty
// line.
func (b *Body) readTrailer(r *bufio.Reader) error {
	b.Trailer = http.Header{}
	for {
		line, err := readLine(r)
		if line == "" && (err == nil || errors.Is(err, io.ErrUnexpectedEOF)) {
			return nil
		}
		if err != nil {
			return err
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			return fmt.Errorf("%w: %.40q is no trailer", ErrFormat, line)
		}
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		b.Trailer.Add(name, value)
		if !strings.EqualFold(name, TrailerSignature) {
			b.RawTrailer += strings.ToLower(name) + ":" + value + "\n"
		}
	}
}

// readLine reads a line without its end. One that isn't ended is [io.ErrUnexpectedEOF].
func readLine(r *bufio.Reader) (string, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case err == nil:
			return strings.TrimSuffix(string(line[:len(line)-1]), "\r"), nil
		case errors.Is(err, io.EOF):
			return string(line), io.ErrUnexpectedEOF
		case !errors.Is(err, bufio.ErrBufferFull):
			return "", err
		case len(line) > maxLine:
			return "", fmt.Errorf("%w: a line of more than %d bytes", ErrFormat, maxLine)
		}
	}
}
