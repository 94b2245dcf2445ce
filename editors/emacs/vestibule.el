;;; Eglot, which Emacs 29 and later have; then M-x eglot in a policy.
(with-eval-after-load 'eglot
  (add-to-list 'eglot-server-programs '((nxml-mode xml-mode) . ("vestibule" "lsp"))))
