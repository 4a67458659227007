package droppederror

import (
	"context"
	"errors"
	"iter"
	"maps"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/seed-15cba5db/irsa-go/s3read"
)

func noSecondVariable(ctx context.Context, b *s3read.Bucket) error {
	for o := range b.List(ctx, "") { // want `the error of this listing is dropped`
		println(o.Key)
	}
	return nil
}

func aBlank(ctx context.Context, client *s3.Client) ([]string, error) {
	var names []string
	for info, _ := range s3read.Buckets(ctx, client) { // want `the error of this listing is dropped`
		names = append(names, info.Name)
	}
	return names, nil
}

func noVariableAtAll(ctx context.Context, b *s3read.Bucket) (n int, exact bool, note string, err error) {
	func() {}()
	for range b.List(ctx, "") { // want `the error of this listing is dropped`
		n++
	}
	return n, true, "", nil
}

func aListingInAVariable(ctx context.Context, b *s3read.Bucket) (n int) {
	objects := b.List(ctx, "")
	for o := range objects { // want `the error of this listing is dropped`
		n += int(o.Size)
	}
	return n
}

func aParameterOfTheType(objects iter.Seq2[s3read.Object, error]) error {
	for o, _ := range objects { // want `the error of this listing is dropped`
		println(o.Key)
	}
	return nil
}

func anErrorOfAnotherKindIsInUse(ctx context.Context, b *s3read.Bucket) error {
	var err error
	for o := range b.List(ctx, "") { // want `the error of this listing is dropped`
		if o.Size == 0 {
			err = errors.New("empty")
		}
	}
	return err
}

func theResultHasNoShortZero(ctx context.Context, b *s3read.Bucket) (s3read.Object, error) {
	for o := range b.List(ctx, "") { // want `the error of this listing is dropped`
		return o, nil
	}
	return s3read.Object{}, nil
}

func anAssignment(ctx context.Context, b *s3read.Bucket) (o s3read.Object, err error) {
	for o, _ = range b.List(ctx, "") { // want `the error of this listing is dropped`
	}
	return o, nil
}

func theErrorIsTaken(ctx context.Context, b *s3read.Bucket) error {
	for o, err := range b.List(ctx, "") {
		if err != nil {
			return err
		}
		println(o.Key)
	}
	return nil
}

func onlyTheError(ctx context.Context, b *s3read.Bucket) error {
	for _, err := range b.List(ctx, "") {
		if err != nil {
			return err
		}
	}
	return nil
}

func anotherSequence(all map[string]error, objects []s3read.Object) {
	for key := range maps.All(all) {
		println(key)
	}
	for _, o := range objects {
		println(o.Key)
	}
}

func anotherPair(objects iter.Seq2[s3read.Object, int]) {
	for o := range objects {
		println(o.Key)
	}
}

func oneValueOnly(objects iter.Seq[s3read.Object]) {
	for o := range objects {
		println(o.Key)
	}
}
