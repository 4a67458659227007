package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/seed-15cba5db/irsa-go/irsa"
	"github.com/seed-15cba5db/irsa-go/s3read"
)

// printIdentity retrieves credentials and prints whose they are.
func printIdentity(ctx context.Context, stdout io.Writer, cfg aws.Config) error {
	credentials, err := cfg.Credentials.Retrieve(ctx)
	if err != nil {
		return err
	}
	out := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
	p, ok := irsa.ProviderFrom(cfg)
	if ok && p.Status().Token != nil {
		fmt.Fprintf(out, "subject\t%s\n", shown(p.Status().Token.Subject))
	}
	switch {
	case ok && p.Status().RoleARN != "":
		fmt.Fprintf(out, "role\t%s\nsession\t%s\n", shown(p.Status().RoleARN), shown(p.Status().SessionName))
	case ok: // EKS Pod Identity and its like don't say which role it is
		fmt.Fprintf(out, "source\t%s, account %s\n", shown(credentials.Source), shown(credentials.AccountID))
	default:
		fmt.Fprintf(out, "source\t%s, not an identity of the pod\n", shown(credentials.Source))
	}
	if credentials.CanExpire {
		left := time.Until(credentials.Expires).Round(time.Second)
		fmt.Fprintf(out, "expires\t%s, in %s\n", credentials.Expires.UTC().Format(time.RFC3339), left)
	}
	fmt.Fprintln(out)
	return out.Flush()
}

// shown is a name as it is, or as a Go string where it would break the line or drive the terminal: a
// key may hold any character.
func shown(name string) string {
	if quoted := strconv.Quote(name); quoted[1:len(quoted)-1] != name {
		return quoted
	}
	return name
}

func printBuckets(ctx context.Context, stdout io.Writer, client *s3.Client) error {
	out := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "BUCKET\tREGION\tCREATED")
	for b, err := range s3read.Buckets(ctx, client) {
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%s\t%s\t%s\n", shown(b.Name), shown(b.Region), b.Created.UTC().Format(time.DateTime))
	}
	return out.Flush()
}

// printObjects prints each object as soon as it is listed: there may be millions. A prefix that no
// key has is probably misspelt.
func printObjects(ctx context.Context, stdout io.Writer, bucket *s3read.Bucket, prefix string) error {
	out := bufio.NewWriter(stdout)
	found := false
	for o, err := range bucket.List(ctx, prefix) {
		if err != nil {
			return errors.Join(err, out.Flush())
		}
		found = true
		fmt.Fprintf(out, "%s %12d  %s\n", o.LastModified.UTC().Format(time.DateTime), o.Size, shown(o.Key))
	}
	if !found && prefix != "" {
		return fmt.Errorf("prefix %q: there are no objects", prefix)
	}
	if !found {
		fmt.Fprintln(out, "the bucket is empty")
	}
	return out.Flush()
}
