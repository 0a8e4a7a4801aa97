/**
 * The only place that deletes a tree. All below the directory goes, itself stays, and with it owner, mode, label and
 * mount. It is entered first and then looked at: a link or another directory put under its name meanwhile is not
 * followed. Links in it go as links, and what is mounted below it is not touched, so that then it fails.
 */
export const EMPTY_DIRECTORY = `
empty_directory() { # DIRECTORY INODE
  ( cd -P "$1" && [ "$(stat -c %i .)" = "$2" ] && find . -xdev -mindepth 1 -delete )
}
`;
