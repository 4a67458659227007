// Package manifest reads the example manifests as kubectl apply -k does.
package manifest

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// Root is the repository's root.
var Root = root()

func root() string {
	_, file, _, ok := runtime.Caller(0)
	if !ok {
		panic("manifest: this file's own path is unknown")
	}
	return filepath.Join(filepath.Dir(file), "..", "..", "..")
}

// componentLine is the line that users without the webhook uncomment, as the kustomization tells
// them.
const componentLine = "# components: [without-webhook]"

// An Edit is what a user changes in the kustomization: it replaces text that stands there once.
type Edit struct{ Old, New string }

// WithoutWebhook is the edit for clusters without the EKS webhook.
var WithoutWebhook = Edit{componentLine, strings.TrimPrefix(componentLine, "# ")}

// Build returns the objects that kubectl apply -k examples/kubernetes would apply after the edits.
// It works on a copy in memory.
func Build(edits ...Edit) ([]unstructured.Unstructured, error) { return BuildIn(".", edits...) }

// BuildIn is Build for a folder below examples/kubernetes.
func BuildIn(folder string, edits ...Edit) ([]unstructured.Unstructured, error) {
	memory := filesys.MakeFsInMemory()
	dir := filepath.Join(Root, "examples", "kubernetes", folder)
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		text := string(data)
		if name == "kustomization.yaml" {
			for _, e := range edits {
				if strings.Count(text, e.Old) != 1 {
					return fmt.Errorf("%s holds %q not exactly once", name, e.Old)
				}
				text = strings.Replace(text, e.Old, e.New, 1)
			}
		}
		return memory.WriteFile("/"+filepath.ToSlash(name), []byte(text))
	})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", dir, err)
	}
	made, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(memory, "/")
	if err != nil {
		return nil, fmt.Errorf("build %s: %w", dir, err)
	}
	var objects []unstructured.Unstructured
	for _, r := range made.Resources() {
		m, err := r.Map()
		if err != nil {
			return nil, fmt.Errorf("build %s: %s: %w", dir, r.CurId(), err)
		}
		objects = append(objects, unstructured.Unstructured{Object: m})
	}
	return objects, nil
}
