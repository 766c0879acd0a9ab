// LD_PRELOAD for a program that a library of build/shim/ shall stand before.
import {execFileSync} from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

export function preload(shim, program) {
	const library = path.resolve('build/shim', `${shim}.so`);
	// A library that is not there is only warned of, and the test would run without it.
	execFileSync('make', ['-s', `build/shim/${shim}.so`]);
	if (!program.endsWith('-asan'))
		return library;
	// A sanitizer wants to be the first library.
	const asan = execFileSync('gcc', ['-print-file-name=libasan.so'], {encoding: 'utf8'}).trim();
	return `${fs.realpathSync(asan)} ${library}`;
}
