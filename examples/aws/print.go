package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"strings"
)

// print writes the variables to set, as a shell reads them. The endpoint is an address and no name:
// SDKs then put buckets into the path, which leads here whatever the bucket is called.
func (c *cloud) print(w io.Writer, at net.Addr) {
	scheme := "http"
	if c.ca != "" {
		scheme = "https"
	}
	url := scheme + "://" + reachable(at)
	set := func(name, value string) {
		fmt.Fprintf(w, "export %s='%s'\n", name, strings.ReplaceAll(value, "'", `'\''`))
	}
	set("AWS_ENDPOINT_URL_STS", url)
	set("AWS_ENDPOINT_URL_S3", url)
	if c.Pod != nil {
		for _, entry := range c.Pod.Env() {
			name, value, _ := strings.Cut(entry, "=")
			set(name, value)
		}
		set("AWS_ROLE_SESSION_NAME", "service") // tools that don't make one up themselves
	} else {
		set("AWS_REGION", c.options.region)
		set("AWS_DEFAULT_REGION", c.options.region) // the only one that boto3 reads
	}
	if c.ca == "" {
		return
	}
	set("AWS_CA_BUNDLE", c.ca)
	set("NODE_EXTRA_CA_CERTS", c.ca)
	fmt.Fprintln(w, "# The authority that vouches for this server:")
	if pem, err := os.ReadFile(c.ca); err == nil {
		for line := range strings.Lines(string(pem)) {
			fmt.Fprint(w, "# ", line)
		}
	}
}

// reachable is an address that a client can connect to.
func reachable(at net.Addr) string {
	host, port, err := net.SplitHostPort(at.String())
	if ip := net.ParseIP(host); err == nil && ip != nil && ip.IsUnspecified() {
		return net.JoinHostPort("127.0.0.1", port)
	}
	return at.String()
}
