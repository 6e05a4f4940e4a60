// Command: `node verify.mjs < request.json`. One request gives one answer; an array of requests gives an array of
// answers from one process, in order. Forms: `judge.mjs`. Exit code 0 whenever every request was answered.
import {readFileSync} from 'node:fs';
import {judge} from './judge.mjs';

const input = JSON.parse(readFileSync(0, 'utf8'));
if(Array.isArray(input)) {
  const answers = [];
  for(const request of input) {
    answers.push(await judge(request));
  }
  console.log(JSON.stringify(answers));
} else {
  console.log(JSON.stringify(await judge(input)));
}
