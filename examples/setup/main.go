// Setup prints what connects a service account to an IAM role that reads a bucket: AWS CLI commands
// and YAML, with nothing left to fill in.
//
//	setup -issuer https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE -account 111122223333 \
//	    -role payments-reader -namespace payments -service-account api -bucket invoices
//
// With -pod, what the flags leave out is taken from the pod it runs in. With -o DIR it writes
// separate files instead. With -terraform or -eksctl it makes a configuration for these tools
// instead of AWS CLI commands. It changes nothing by itself, and what it prints can be run again.
//
// The bucket may be a directory bucket, or an access point's ARN; -kms-key is the key that encrypts
// its objects, where that is one of KMS.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/seed-15cba5db/irsa-go/examples/internal/setup"
	"github.com/seed-15cba5db/irsa-go/irsa"
)

func main() {
	var v setup.Values
	flag.StringVar(&v.Issuer, "issuer", "", "`URL` of the cluster's OIDC issuer "+
		"(aws eks describe-cluster --query cluster.identity.oidc.issuer)")
	flag.StringVar(&v.Account, "account", "", "the role's AWS `account`, 12 digits")
	flag.StringVar(&v.Role, "role", "", "the role's `name`, with its path if it has one")
	flag.StringVar(&v.Namespace, "namespace", "", "Kubernetes `namespace`")
	flag.StringVar(&v.ServiceAccount, "service-account", "", "`name` of the Kubernetes service account")
	flag.StringVar(&v.Bucket, "bucket", "", "the `bucket` to read, or the ARN of an access point")
	flag.StringVar(&v.KMSKey, "kms-key", "", "`ARN` of the KMS key that encrypts its objects")
	flag.StringVar(&v.Cluster, "cluster", "", "with -eksctl: the cluster's `name`")
	flag.StringVar(&v.Region, "region", "", "AWS `region` (default: the one in the issuer's URL)")
	flag.StringVar(&v.Image, "image", "", "`image` with the AWS CLI for the Job (default: the AWS CLI's own)")
	pod := flag.Bool("pod", false, "take what the flags leave out from the pod this runs in")
	token := flag.String("token", "", "with -pod: the `file` with the pod's token "+
		"(default: the injected one, else Kubernetes' own)")
	dir := flag.String("o", "", "write separate files into `DIR`, without overwriting any")
	terraform := flag.Bool("terraform", false, "make a configuration for Terraform and OpenTofu")
	eksctl := flag.Bool("eksctl", false, "make a ClusterConfig for eksctl")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "setup: unexpected argument %q\n", flag.Arg(0))
		flag.Usage()
		os.Exit(2)
	}
	if *terraform && *eksctl {
		fmt.Fprintln(os.Stderr, "setup: -terraform and -eksctl exclude each other")
		flag.Usage()
		os.Exit(2)
	}
	form := setup.Commands
	switch {
	case *terraform:
		form = setup.Terraform
	case *eksctl:
		form = setup.Eksctl
	}
	if err := run(v, form, *pod, *token, *dir, os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "%v\n%s", err, irsa.Explain(err))
		os.Exit(1)
	}
}

func run(v setup.Values, form setup.Form, pod bool, token, dir string, stdout io.Writer) (err error) {
	if pod {
		if v, err = setup.FromPod(v, token); err != nil {
			return err
		}
	}
	if dir == "" {
		script, err := setup.Script(v, form)
		if err != nil {
			return err
		}
		_, err = io.WriteString(stdout, script)
		return err
	}
	files, err := setup.Files(v, form)
	if err != nil {
		return err
	}
	if err := setup.Write(files, dir); err != nil {
		return err
	}
	for _, f := range files {
		if _, err := fmt.Fprintln(stdout, filepath.Join(dir, f.Name)); err != nil {
			return err
		}
	}
	return nil
}
