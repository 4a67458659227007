package s3readtest

import (
	"crypto/md5"
	"encoding/base64"
	"net/http"
)

// The headers of a key with which the caller encrypts (SSE-C).
const (
	customerAlgorithm = "x-amz-server-side-encryption-customer-algorithm"
	customerKey       = "x-amz-server-side-encryption-customer-key"
	customerKeyMD5    = "x-amz-server-side-encryption-customer-key-MD5"
)

// wrongKey reports what is wrong with the key in a request for an object: S3 User Guide, "Using
// server-side encryption with customer-provided keys (SSE-C)".
func wrongKey(h http.Header, o Object) *failure {
	sent := h.Get(customerAlgorithm) + h.Get(customerKey) + h.Get(customerKeyMD5)
	switch {
	case o.SSECustomerKey == nil && sent == "":
		return nil
	case o.SSECustomerKey == nil:
		return fail("InvalidRequest").withMessage("The encryption parameters are not applicable to this object.")
	case sent == "":
		return fail("InvalidRequest").withMessage("The object was stored using a form of Server Side Encryption." +
			" The correct parameters must be provided to retrieve the object.")
	case h.Get(customerAlgorithm) != "AES256":
		return fail("InvalidEncryptionAlgorithmError")
	}
	key, err := base64.StdEncoding.DecodeString(h.Get(customerKey))
	if err != nil || h.Get(customerKeyMD5) != keyMD5(key) {
		return fail("InvalidArgument").withMessage(
			"The calculated MD5 hash of the key did not match the hash that was provided.")
	}
	if string(key) != string(o.SSECustomerKey) {
		return fail("AccessDenied")
	}
	return nil
}

func keyMD5(key []byte) string {
	sum := md5.Sum(key)
	return base64.StdEncoding.EncodeToString(sum[:])
}

// describeEncryption sets the headers that tell how an object is encrypted.
func describeEncryption(h http.Header, o Object) {
	if o.SSECustomerKey == nil {
		h.Set("x-amz-server-side-encryption", "AES256")
		return
	}
	h.Set(customerAlgorithm, "AES256")
	h.Set(customerKeyMD5, keyMD5(o.SSECustomerKey))
}
