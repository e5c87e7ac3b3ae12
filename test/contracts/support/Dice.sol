// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice A stream of choices that follows from a seed.
struct Dice {
    uint256 state;
}

using {roll, between, oneIn} for Dice global;

/// @notice One of 0 … `sides` − 1.
function roll(Dice memory dice, uint256 sides) pure returns (uint256) {
    dice.state = uint256(keccak256(abi.encode(dice.state)));
    return dice.state % sides;
}

/// @notice One of `low` … `high`.
function between(Dice memory dice, int256 low, int256 high) pure returns (int256) {
    return low + int256(dice.roll(uint256(high - low + 1)));
}

/// @notice True once in `sides` times.
function oneIn(Dice memory dice, uint256 sides) pure returns (bool) {
    return dice.roll(sides) == 0;
}
