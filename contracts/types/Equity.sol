// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EntityId, TokenId} from "./Ids.sol";

/// @notice What the articles of an entity say for ever: one slot.
/// @param delay Seconds from the shareholders' decision on a board to its taking over.
/// @param issuedAt When the shares were issued; 0 if the entity has none.
/// @param control How many control shares there are.
/// @param dividend How many dividend shares there are.
struct Terms {
    uint64 delay;
    uint64 issuedAt;
    uint64 control;
    uint64 dividend;
}

/// @notice What somebody has of one kind of share from the second `since` on.
struct Holding {
    uint64 since;
    uint64 shares;
}

/// @notice For which board somebody has voted, and with how many of its shares: those are locked.
/// @param election The vote counts, and locks, in this one alone.
struct Vote {
    bytes32 boardHash;
    uint64 election;
    uint64 shares;
}

/// @notice How the shareholders of one entity vote.
/// @param number Which election this is: the next one begins when their board takes over.
/// @param nextFrom The first second at which `next` may take over.
/// @param next The board that more than half of the control shares want; zero if there is none.
/// @param tallies How many shares want a board, by election.
struct Election {
    uint64 number;
    uint64 nextFrom;
    bytes32 next;
    mapping(uint64 number => mapping(bytes32 boardHash => uint64)) tallies;
    mapping(address holder => Vote) votes;
}

/// @notice How much had come into a pot by the second `time`, that included.
struct Receipt {
    uint64 time;
    uint128 total;
}

/// @notice How far somebody's dividends are reckoned: one slot.
/// @param changes How many changes of its shares are behind that point.
/// @param seen What of all that ever came in is behind it.
/// @param rest What was earned beyond the last whole unit, in parts of the number of dividend shares.
struct Reckoning {
    uint64 changes;
    uint128 seen;
    uint64 rest;
}

/// @notice The dividends of one entity in one token at one Depository.
/// @param paid What of all receipts has been taken.
struct Pot {
    uint128 paid;
    Receipt[] receipts;
    mapping(address holder => Reckoning) reckonings;
}

/// @notice All that is stored about shares.
/// @param holdings By share and holder, one for each second at which it changed; of control shares only the
/// last, since nothing asks for an earlier one.
struct Equity {
    mapping(EntityId entity => Terms) terms;
    mapping(uint256 id => mapping(address holder => Holding[])) holdings;
    mapping(address owner => mapping(address operator => bool)) operators;
    mapping(EntityId entity => Election) elections;
    mapping(EntityId entity => mapping(address depository => mapping(TokenId token => Pot))) pots;
}
