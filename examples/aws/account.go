package main

import (
	"bytes"
	"encoding/json"
	"os"
	"time"

	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

// An account is the file that -account names:
//
//	{
//	  "roles": [{"arn": "arn:aws:iam::111122223333:role/reader", "trustPolicy": {…}, "maxSessionHours": 12}],
//	  "associations": [{"namespace": "payments", "serviceAccount": "api", "roleArn": "…", "targetRoleArn": "…"}],
//	  "users": [{"arn": "arn:aws:iam::111122223333:user/ci", "accessKeyId": "AKIA…", "secretAccessKey": "…"}]
//	}
//
// Trust policies are as IAM has them; providers in them are those of -issuer.
type account struct {
	Roles []struct {
		ARN             string          `json:"arn"`
		TrustPolicy     json.RawMessage `json:"trustPolicy"`
		MaxSessionHours int             `json:"maxSessionHours"`
	} `json:"roles"`
	Associations []struct {
		Namespace      string `json:"namespace"`
		ServiceAccount string `json:"serviceAccount"`
		RoleARN        string `json:"roleArn"`
		TargetRoleARN  string `json:"targetRoleArn"`
	} `json:"associations"`
	Users []struct {
		ARN             string `json:"arn"`
		AccessKeyID     string `json:"accessKeyId"`
		SecretAccessKey string `json:"secretAccessKey"`
	} `json:"users"`
}

func (c *cloud) readAccount(file string) error {
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var a account
	d := json.NewDecoder(bytes.NewReader(content))
	d.DisallowUnknownFields() // a misspelt name would be a role that nobody may assume
	if err := d.Decode(&a); err != nil {
		return err
	}
	for _, r := range a.Roles {
		role := irsatest.Role{
			ARN: r.ARN, TrustPolicy: string(r.TrustPolicy),
			MaxSessionDuration: time.Duration(r.MaxSessionHours) * time.Hour,
		}
		if err := c.STS.AddRole(role); err != nil {
			return err
		}
	}
	for _, u := range a.Users {
		if err := c.STS.AddUser(u.ARN, u.AccessKeyID, u.SecretAccessKey); err != nil {
			return err
		}
	}
	for _, as := range a.Associations {
		if err := c.PodIdentity.Associate(irsatest.Association(as)); err != nil {
			return err
		}
	}
	return nil
}
