/** @file The commands put together; each brings its implementation with it only when it is called. */
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { addCheckCommand } from './commands/check.ts';
import { addCheckPluginCommand } from './commands/checkPlugin.ts';
import { addCompareCommand } from './commands/compare.ts';
import { addCompressCommand } from './commands/compress.ts';
import { addDataCommand } from './commands/data.ts';
import { addExportCommand } from './commands/export.ts';
import { addImportCommand } from './commands/import.ts';
import { addListCommand } from './commands/list.ts';
import { addPruneCommand } from './commands/prune.ts';
import { addNeuronsCommand } from './commands/neurons.ts';
import { addReportCommand } from './commands/report.ts';
import { addRunCommand } from './commands/run.ts';
import { addRunsCommand } from './commands/runs.ts';
import { addSweepCommand } from './commands/sweep.ts';
import { addTrainCommand } from './commands/train.ts';
import { addVerifyCommand } from './commands/verify.ts';
import { addWorkerCommand } from './commands/worker.ts';
import type { CliContext } from './context.ts';
import { FittingCommand } from './helpText.ts';

/** The program with all its commands. It throws `CommanderError` instead of ending the process. */
export function createProgram(
  context: CliContext,
  writeOut: (text: string) => void,
  writeErr: (text: string) => void,
): Command {
  const program = new FittingCommand('certprune')
    .description(
      'Train ReLU image classifiers, prune them the lottery-ticket way, and prove how robust each sparse state is.',
    )
    .version(version(), '--version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .option('--debug', 'print the stack trace of an error')
    .exitOverride()
    .configureOutput({ writeOut, writeErr })
    .configureHelp({ helpWidth: 80, minWidthToWrap: 20 })
    .addHelpText(
      'after',
      `
Examples:
  certprune run --preset mnist-quick          train, prune, verify and report in one go
  certprune run --config study.yaml --dry-run show what would be done
  certprune runs list                         what is there
  certprune report runs/a runs/b              compare runs on one page`,
    );
  for (const add of [
    addRunCommand,
    addTrainCommand,
    addPruneCommand,
    addCompressCommand,
    addImportCommand,
    addExportCommand,
    addVerifyCommand,
    addCompareCommand,
    addCheckCommand,
    addReportCommand,
    addNeuronsCommand,
    addDataCommand,
    addListCommand,
    addRunsCommand,
    addSweepCommand,
    addWorkerCommand,
    addCheckPluginCommand,
  ]) {
    add(program, context);
  }
  return program;
}

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
