package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"

	"github.com/seed-15cba5db/irsa-go/internal/keyspace/keysim"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

// With -embedded it needs no bucket: it makes one of millions of keys, and runs a whole plan, share
// after share, as the pods of a Job would. A copy of the program leaves this file out.
func init() {
	keys := flag.Int("keys", 2_000_000, "with -embedded: so many `keys`")
	parsing := false
	flag.BoolFunc("embedded", "run a whole plan on a bucket in this process", func(value string) error {
		asked, err := strconv.ParseBool(value)
		if err != nil || !asked || parsing {
			return err
		}
		parsing = true
		flag.Parse() // the flags behind this one
		if err := embedded(*keys); err != nil {
			fmt.Fprintln(os.Stderr, "inventory:", err)
			os.Exit(1)
		}
		os.Exit(0)
		return nil // not reached
	})
}

// embedded makes a bucket with two of 16 tenants far larger than the others, plans, lists each
// share and adds them.
func embedded(keys int) (err error) {
	s3 := new(s3readtest.Server)
	set := keysim.Distributions[len(keysim.Distributions)-1]
	s3.PutKeys("synthetic", set.Keys(keys)...)
	server := httptest.NewServer(s3)
	defer server.Close()
	folder, err := os.MkdirTemp("", "inventory-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	for variable, value := range map[string]string{
		"AWS_ENDPOINT_URL_S3": server.URL, "AWS_REGION": "us-east-1",
		"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret",
	} {
		if err := os.Setenv(variable, value); err != nil {
			return err
		}
	}
	n := *shares
	if n == 0 {
		n = 16
	}
	merged := *output
	*name, *prefix, *file = "synthetic", "", filepath.Join(folder, "plan.json")
	*shares, *output = n, *file
	if err := inventory(context.Background()); err != nil {
		return err
	}
	p, err := readPlan(*file, *name, *prefix)
	if err != nil {
		return err
	}
	*shares = 0
	var outputs []string
	for i := range p.Ranges {
		*index, *output = strconv.Itoa(i), filepath.Join(folder, fmt.Sprintf("share-%d.jsonl", i))
		if err := inventory(context.Background()); err != nil {
			return err
		}
		outputs = append(outputs, *output)
	}
	return mergeFiles(*file, *name, *prefix, outputs, merged)
}
