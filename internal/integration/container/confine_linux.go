package container

import (
	"os"
	"os/exec"
	"syscall"
)

// confine makes cmd start with another root folder, as User. Only root may change the root folder;
// any other user may make a user namespace, in which that is allowed (user_namespaces(7)), and in
// which this user appears as User.
func confine(cmd *exec.Cmd, root string) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root, Pdeathsig: syscall.SIGKILL}
	if os.Getuid() == 0 {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: User, Gid: User}
		return nil
	}
	cmd.SysProcAttr.Cloneflags = syscall.CLONE_NEWUSER
	cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: User, HostID: os.Getuid(), Size: 1}}
	cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: User, HostID: os.Getgid(), Size: 1}}
	return nil
}
