invitation-subject = Your access to { $site }
invitation-line = An account has been opened for you on { $site }.
invitation-act = Choose your password within seven days on this page:
invitation-foot = If you did not expect this mail, ignore it: nothing happens without a password.
