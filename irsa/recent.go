package irsa

import (
	"os"
	"sync/atomic"
)

// recent holds the claims of the token file that was decoded last, for loading: a
// program that loads many configs has one token, and opening and decoding it would
// be most of a load's cost. Exchanges read the file itself.
var recent atomic.Pointer[decoded]

type decoded struct {
	file  string
	info  os.FileInfo
	token *Token
}

// claimsOf returns the claims of the token in a file. The kubelet puts a new file
// in a token's place, which tells a rotated one from the one decoded before.
func claimsOf(file string) (*Token, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, err
	}
	if d := recent.Load(); d != nil && d.file == file && os.SameFile(d.info, info) &&
		d.info.ModTime().Equal(info.ModTime()) && d.info.Size() == info.Size() {
		return d.token, nil
	}
	_, t, err := readToken(file)
	if err != nil {
		return nil, err
	}
	recent.Store(&decoded{file, info, t})
	return t, nil
}
