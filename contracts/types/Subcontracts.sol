// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice A conditional exchange inside a channel, filled by the owner's peer with a ratio r / (2^32 − 1).
/// @param ownerIsLeft Whose offer it is; only the other side's arguments can fill it.
/// @param addDeltaIndex The token that the owner receives, `addAmount` of it at full ratio.
/// @param subDeltaIndex The token that the owner pays, `subAmount` at full ratio.
/// @param minFill The smallest ratio that counts, 1 … 2^32 − 1.
/// @param fillBy Unix seconds; arguments committed in this very second count.
struct Swap {
    bool ownerIsLeft;
    uint16 addDeltaIndex;
    uint128 addAmount;
    uint16 subDeltaIndex;
    uint128 subAmount;
    uint32 minFill;
    uint64 fillBy;
}
