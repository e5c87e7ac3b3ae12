// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC1155} from "../interfaces/IERC1155.sol";
import {IEntityProvider} from "../interfaces/IEntityProvider.sol";
import {IShares} from "../interfaces/IShares.sol";
import {Election, Equity, Terms, Vote} from "../types/Equity.sol";
import {EntityId} from "../types/Ids.sol";
import {ShareIds} from "./ShareIds.sol";

/// @title ShareVotes
/// @notice How control shares are locked for a board, and when they have decided.
/// @dev A share is locked as soon as it counts, so none counts twice, and a borrowed one cannot be given
/// back without its vote. What counts is never changed by what the board does: it cannot void votes by
/// replacing itself.
library ShareVotes {
    /// @notice The shortest delay that articles can name: twice that of a replacement by the board itself.
    uint64 internal constant DELAY_MIN = 4 days;

    /// @notice The longest one.
    uint64 internal constant DELAY_MAX = 90 days;

    /// @notice Sets what `holder`, who has `balance`, locks for a board.
    function cast(
        Equity storage equity,
        IEntityProvider provider,
        EntityId entity,
        bytes32 boardHash,
        address holder,
        uint64 shares,
        uint256 balance
    ) internal {
        Terms memory terms = equity.terms[entity];
        require(terms.issuedAt != 0, IShares.NoShares(entity));
        uint256 id = ShareIds.control(entity);
        require(
            shares <= balance,
            IERC1155.ERC1155InsufficientBalance(holder, balance, shares, id)
        );
        Election storage election = equity.elections[entity];
        uint64 before = locked(equity, entity, holder);
        bytes32 standing = election.votes[holder].boardHash;
        require(before == 0 || standing == boardHash, IShares.VoteStands(standing));
        // A vote that becomes smaller is never refused: nobody's shares stay locked against his will.
        if (shares > before) _requireEligible(provider, entity, boardHash);

        uint64 number = election.number;
        // At most all shares are locked, of which there are fewer than 2^64.
        uint64 tally = election.tallies[number][boardHash] - before + shares;
        election.tallies[number][boardHash] = tally;
        election.votes[holder] = Vote(boardHash, number, shares);
        emit IShares.Voted(entity, boardHash, holder, shares, tally);
        _decide(election, terms, entity, boardHash, tally);
    }

    /// @notice How many control shares of `holder` are locked.
    function locked(
        Equity storage equity,
        EntityId entity,
        address holder
    ) internal view returns (uint64) {
        Election storage election = equity.elections[entity];
        Vote storage vote = election.votes[holder];
        return vote.election == election.number ? vote.shares : 0;
    }

    /// @notice Ends the election with the decision that stands; without one changes nothing.
    /// @dev Whoever calls this reverts when it is not time yet.
    /// @return boardHash What was decided; zero: nothing.
    function conclude(
        Equity storage equity,
        EntityId entity
    ) internal returns (bytes32 boardHash, uint64 nextFrom) {
        Election storage election = equity.elections[entity];
        (boardHash, nextFrom) = (election.next, election.nextFrom);
        if (boardHash == 0) return (0, 0);
        uint64 number = election.number + 1;
        (election.number, election.next, election.nextFrom) = (number, 0, 0);
        emit IShares.ElectionEnded(entity, number);
    }

    function _requireEligible(
        IEntityProvider provider,
        EntityId entity,
        bytes32 boardHash
    ) private view {
        require(
            provider.isBoardChecked(boardHash) && boardHash != provider.boardHashOf(entity),
            IEntityProvider.BoardInvalid()
        );
    }

    /// @dev The delay runs from the vote that makes more than half: later votes for the same board do not
    /// begin it anew (else one share could put the decision off for ever), and when less is left, it is over.
    function _decide(
        Election storage election,
        Terms memory terms,
        EntityId entity,
        bytes32 boardHash,
        uint64 tally
    ) private {
        bool isMajority = 2 * uint256(tally) > terms.control;
        bool isStanding = election.nextFrom != 0 && election.next == boardHash;
        if (isMajority == isStanding) return;
        (bytes32 next, uint64 from) = isMajority
            ? (boardHash, uint64(block.timestamp) + terms.delay)
            : (bytes32(0), 0);
        (election.next, election.nextFrom) = (next, from);
        emit IShares.ShareholdersDecided(entity, next, from);
    }
}
