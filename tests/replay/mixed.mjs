// Runs mixed.test.mjs against the program under ASan+UBSan: {passed, failed, lines}.
import define from './mixed.test.mjs';
import {Suite} from '../api/suite.mjs';

export async function mixed() {
	const suite = new Suite('mixed', 90);
	try {
		await define(suite);
		await suite.run();
	} catch (error) {
		suite.fail('what the tests need', error);
	}
	await suite.end();
	return suite;
}
