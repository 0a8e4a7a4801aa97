# In a new host's root. $1: the public key that may log in.
# The user who logs in. One of the name may exist on the machine, and then is another one.
userdel ops 2>/dev/null || true
groupdel ops 2>/dev/null || true
useradd -m -s /bin/bash -p '*' ops
install -d -o ops -g ops -m 700 /home/ops/.ssh
printf '%s\n' "$1" >/home/ops/.ssh/authorized_keys
chown ops:ops /home/ops/.ssh/authorized_keys
chmod 600 /home/ops/.ssh/authorized_keys

# what the postinst scripts of ssl-cert, openssh-server and postgresql-common do: Debian's clusters have
# ssl on, with this certificate
make-ssl-cert generate-default-snakeoil --force-overwrite
systemctl -q enable ssh.service postgresql.service 2>/dev/null
systemctl -q set-default multi-user.target
