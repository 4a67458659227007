package irsatest

import (
	"encoding/xml"
	"time"
)

// The documents that STS answers with: an error, and the result of each operation. Their elements
// and namespace are those of the API's model of 2011-06-15, which aws-sdk-go-v2 generates its
// service/sts from; elements that nobody asked for are left out, as STS does.

type errorResponse struct {
	XMLName   xml.Name `xml:"https://sts.amazonaws.com/doc/2011-06-15/ ErrorResponse"`
	Type      string   `xml:"Error>Type"`
	Code      string   `xml:"Error>Code"`
	Message   string   `xml:"Error>Message"`
	RequestID string   `xml:"RequestId"`
}

type credentialsXML struct {
	AccessKeyID     string `xml:"AccessKeyId"`
	SecretAccessKey string
	SessionToken    string
	Expiration      string `xml:",omitempty"`
}

type assumedRoleUserXML struct {
	ID  string `xml:"AssumedRoleId"`
	ARN string `xml:"Arn"`
}

type webIdentityResponse struct {
	XMLName          xml.Name           `xml:"https://sts.amazonaws.com/doc/2011-06-15/ AssumeRoleWithWebIdentityResponse"`
	Audience         string             `xml:"AssumeRoleWithWebIdentityResult>Audience"`
	AssumedRoleUser  assumedRoleUserXML `xml:"AssumeRoleWithWebIdentityResult>AssumedRoleUser"`
	Provider         string             `xml:"AssumeRoleWithWebIdentityResult>Provider"`
	Credentials      *credentialsXML    `xml:"AssumeRoleWithWebIdentityResult>Credentials"`
	Subject          string             `xml:"AssumeRoleWithWebIdentityResult>SubjectFromWebIdentityToken"`
	PackedPolicySize int                `xml:"AssumeRoleWithWebIdentityResult>PackedPolicySize,omitempty"`
	RequestID        string             `xml:"ResponseMetadata>RequestId"`
}

type assumeRoleResponse struct {
	XMLName          xml.Name           `xml:"https://sts.amazonaws.com/doc/2011-06-15/ AssumeRoleResponse"`
	AssumedRoleUser  assumedRoleUserXML `xml:"AssumeRoleResult>AssumedRoleUser"`
	Credentials      *credentialsXML    `xml:"AssumeRoleResult>Credentials"`
	SourceIdentity   string             `xml:"AssumeRoleResult>SourceIdentity,omitempty"`
	PackedPolicySize int                `xml:"AssumeRoleResult>PackedPolicySize,omitempty"`
	RequestID        string             `xml:"ResponseMetadata>RequestId"`
}

type callerIdentityResponse struct {
	XMLName   xml.Name `xml:"https://sts.amazonaws.com/doc/2011-06-15/ GetCallerIdentityResponse"`
	ARN       string   `xml:"GetCallerIdentityResult>Arn"`
	UserID    string   `xml:"GetCallerIdentityResult>UserId"`
	Account   string   `xml:"GetCallerIdentityResult>Account"`
	RequestID string   `xml:"ResponseMetadata>RequestId"`
}

// timestamp writes a time in whole seconds, as STS does.
func timestamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }
