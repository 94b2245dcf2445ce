// Runs `vestibule lsp` for XML files. What is no policy, the server leaves alone.
"use strict";

const { commands, window, workspace } = require("vscode");
const { LanguageClient, TransportKind } = require("vscode-languageclient/node");

let client;

async function start() {
  const command = workspace.getConfiguration("vestibule").get("command") || "vestibule";
  const server = { command, args: ["lsp"], transport: TransportKind.stdio };
  const options = { documentSelector: [{ language: "xml", scheme: "file" }, { language: "xml", scheme: "untitled" }] };
  client = new LanguageClient("vestibule", "Vestibule", server, options);
  try {
    await client.start();
  } catch (error) {
    window.showErrorMessage(`Vestibule: \`${command} lsp\` cannot be run (${error.message}). Set vestibule.command.`);
  }
}

async function stop() {
  const running = client;
  client = undefined;
  // One that never started has nothing to be stopped.
  if (running && running.needsStop()) {
    await running.stop();
  }
}

async function activate(context) {
  const restart = async () => {
    await stop();
    await start();
  };
  context.subscriptions.push(
    commands.registerCommand("vestibule.restart", restart),
    workspace.onDidChangeConfiguration((change) => change.affectsConfiguration("vestibule.command") && restart()),
  );
  await start();
}

module.exports = { activate, deactivate: stop };
