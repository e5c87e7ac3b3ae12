// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Collateral, Debt} from "../interfaces/IDepository.sol";
import {ChannelKey, EntityId, TokenId} from "./Ids.sol";

/// @notice What one entity owes in one token, oldest first: the entries from `head` up to `tail`.
/// @dev An entry that was forgiven stays in its place with amount 0. `total` is the sum of the entries,
/// so 0 says that nothing is owed, whatever stands between `head` and `tail`.
struct DebtQueue {
    uint128 head;
    uint128 tail;
    uint256 total;
    mapping(uint256 index => Debt) entries;
}

/// @notice A channel's nonce and its dispute: one slot, and the hash of the body that stands.
/// @dev Without a dispute everything but `cooperativeNonce` is 0. The proof of the empty body has hash 0.
/// @param flags See {Flags}.
struct Channel {
    uint64 cooperativeNonce;
    uint96 standingNonce;
    uint48 startHeight;
    uint40 deadline;
    uint8 flags;
    bytes32 proofBodyHash;
}

/// @notice What an entity has in one token, bound by no channel.
struct Reserve {
    uint256 amount;
}

/// @notice What is looked up for every batch of an entity: one slot.
/// @param batchNonce Of its next batch.
/// @param indebted In how many tokens it owes anything: so at 0, an exit from a reserve need not look for debts.
struct Account {
    uint64 batchNonce;
    uint64 indebted;
}

/// @notice Everything that the Depository remembers.
/// @param commitments What sides gave in a dispute, see {Commitments}.
struct Ledger {
    mapping(EntityId entity => mapping(TokenId token => Reserve)) reserves;
    mapping(EntityId debtor => mapping(TokenId token => DebtQueue)) debts;
    mapping(ChannelKey channel => mapping(TokenId token => Collateral)) collaterals;
    mapping(ChannelKey channel => Channel) channels;
    mapping(bytes32 place => uint256) commitments;
    mapping(EntityId entity => Account) accounts;
}

/// @notice Two different entities in their order, and the name of their channel.
struct Pair {
    EntityId left;
    EntityId right;
    ChannelKey key;
}

/// @notice Who acts, and what it takes to judge signatures.
/// @param actor The entity whose batch this is; 0, which no entity is, in a call by anyone.
/// @param domain The Depository's EIP-712 domain separator.
struct Court {
    EntityId actor;
    address entityProvider;
    bytes32 domain;
}
