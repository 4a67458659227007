package irsatest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
)

// discoveryPath is where an issuer has its discovery document: OpenID Connect Discovery 1.0,
// section 4.
const discoveryPath = "/.well-known/openid-configuration"

// A keySet holds the public keys of an issuer that were fetched from it.
type keySet struct {
	mu   sync.Mutex // guards keys
	keys map[string]any
}

// key returns the key with this id, and fetches the issuer's keys where it is not among those that
// are known: keys are rotated, and a new one is seen when a token names it.
func (f *keySet) key(ctx context.Context, client *http.Client, issuer, id string) (any, error) {
	f.mu.Lock()
	key, ok := f.keys[id]
	f.mu.Unlock()
	if ok {
		return key, nil
	}
	keys, err := fetchKeys(ctx, client, issuer)
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	f.keys = keys
	f.mu.Unlock()
	if key, ok = keys[id]; !ok {
		return nil, fmt.Errorf("fetch keys of %s: none is %q", issuer, id)
	}
	return key, nil
}

// fetchKeys follows the discovery document to the keys. The document must name the issuer that was
// asked, exactly, and is at its URL less a slash at the end: OpenID Connect Discovery 1.0, sections
// 4.3 and 4.1. A key that can't be used is left out, for
// issuers may publish kinds that STS doesn't have.
func fetchKeys(ctx context.Context, client *http.Client, issuer string) (map[string]any, error) {
	var discovery struct {
		Issuer string `json:"issuer"`
		JWKS   string `json:"jwks_uri"`
	}
	if err := fetchJSON(ctx, client, strings.TrimSuffix(issuer, "/")+discoveryPath, &discovery); err != nil {
		return nil, err
	}
	if discovery.Issuer != issuer {
		return nil, fmt.Errorf("fetch keys of %s: it calls itself %q", issuer, discovery.Issuer)
	}
	var set struct {
		Keys []jwk `json:"keys"`
	}
	if err := fetchJSON(ctx, client, discovery.JWKS, &set); err != nil {
		return nil, err
	}
	keys := make(map[string]any, len(set.Keys))
	var errs []error
	for _, k := range set.Keys {
		public, err := k.public()
		if err != nil {
			errs = append(errs, err)
			continue
		}
		keys[k.ID] = public
	}
	if len(keys) == 0 {
		return nil, fmt.Errorf("fetch keys of %s: no usable key: %w", issuer, errors.Join(errs...))
	}
	return keys, nil
}

// fetchJSON reads up to 1 MiB.
func fetchJSON(ctx context.Context, client *http.Client, url string, into any) error {
	if client == nil {
		client = http.DefaultClient
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return fmt.Errorf("fetch %s: %w", url, err)
	}
	resp, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("fetch %s: %w", url, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("fetch %s: %s", url, resp.Status)
	}
	const limit = 1 << 20
	if err := json.NewDecoder(io.LimitReader(resp.Body, limit)).Decode(into); err != nil {
		return fmt.Errorf("fetch %s: %w", url, err)
	}
	return nil
}
