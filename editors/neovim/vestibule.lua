-- Neovim 0.11 and later: ~/.config/nvim/lsp/vestibule.lua, and in init.lua  vim.lsp.enable("vestibule")
return {
  cmd = { "vestibule", "lsp" },
  filetypes = { "xml" },
  root_markers = { "vestibule.toml", "appsettings.json", ".git" },
}

-- Neovim 0.10 and earlier, in init.lua:
--
-- vim.api.nvim_create_autocmd("FileType", {
--   pattern = "xml",
--   callback = function(event)
--     vim.lsp.start({
--       name = "vestibule",
--       cmd = { "vestibule", "lsp" },
--       root_dir = vim.fs.root(event.buf, { "vestibule.toml", "appsettings.json", ".git" }),
--     })
--   end,
-- })
