// The types of node.js.

import { test } from 'node:test';
import { UseAuthws } from './index.js';

export declare const useAuthws: UseAuthws<typeof test>;
