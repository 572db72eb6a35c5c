// The types of vitest.js.

import { test } from 'vitest';
import { UseAuthws } from './index.js';

export declare const useAuthws: UseAuthws<typeof test>;
