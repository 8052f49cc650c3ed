"""Pages for officers, approvers, data-protection officers and administrators."""
