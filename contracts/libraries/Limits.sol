// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Limits
/// @notice The bounds on everything that is signed or committed for a dispute.
/// @dev Together they make sure that what can be started can be finalised: in one transaction of
/// 16,777,216 gas (the protocol's cap) and of 131,072 bytes (what nodes relay), with every token
/// new to both reserves, a debt in each, and the whole gas of all clauses used up.
/// `test/contracts/Depository.limits.test.ts` finalises that body.
library Limits {
    uint32 internal constant WINDOW_MIN = 600;
    uint32 internal constant WINDOW_MAX = 7 days;
    uint256 internal constant PENDING_MAX = 14 days;

    uint256 internal constant ARGUMENTS_MAX = 2048;
    uint256 internal constant NAMED_TOKENS_MAX = 16;

    uint256 internal constant BODY_TOKENS_MAX = 32;
    uint256 internal constant BODY_CLAUSES_MAX = 4;
    uint256 internal constant BODY_BYTES_MAX = 65_536;
    uint256 internal constant BODY_GAS_MAX = 3_200_000;
}
