// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EntityId, TokenId} from "./Ids.sol";

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

/// @notice A protection: the seller pays `amount` if the default was recorded at or before `expiry`.
/// @param buyerIsLeft Who is protected and receives.
/// @param deltaIndex The token in which it is paid.
/// @param expiry Unix seconds; a default recorded in this very second counts.
/// @param debtor Whose default it is, in `token`, of at least `threshold`: see {IDefaultRegistry}.
struct DefaultSwap {
    bool buyerIsLeft;
    uint16 deltaIndex;
    uint64 expiry;
    uint128 amount;
    EntityId debtor;
    TokenId token;
    uint128 threshold;
}
