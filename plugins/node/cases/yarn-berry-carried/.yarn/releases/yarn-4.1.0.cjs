// the release itself
