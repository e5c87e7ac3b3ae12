// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Collateral, Forgiveness, IDepository, TokenDiff} from "../interfaces/IDepository.sol";
import {EntityId, TokenId} from "../types/Ids.sol";
import {Channel, Court, Ledger, Pair} from "../types/Ledger.sol";
import {Channels} from "./Channels.sol";
import {Debts} from "./Debts.sol";
import {Digests} from "./Digests.sol";
import {Exits} from "./Exits.sol";
import {Reserves} from "./Reserves.sol";
import {Terms} from "./SettlementForm.sol";
import {Signatures} from "./Signatures.sol";

/// @title Settlements
/// @notice Moves value between the reserves and the collateral of two entities that both want it.
/// @dev Diffs ascend by token, and forgiveness by token, debtor (right first) and index: so each token and each
/// debt appears once, and what is checked of one is not changed by another.
library Settlements {
    /// @notice Executes a settlement of the actor with `item.peer`, who signed it.
    function settle(
        Ledger storage ledger,
        Court memory court,
        Terms memory item,
        bytes calldata signature
    ) internal returns (bytes4 refusal) {
        EntityId actor = court.actor;
        if (actor == item.peer) return IDepository.SelfChannel.selector;
        Pair memory pair = Channels.pairOf(actor, item.peer);
        TokenDiff[] memory diffs = item.diffs;
        Forgiveness[] memory forgiveness = item.forgiveness;
        Channel storage channel = ledger.channels[pair.key];
        refusal = _refuseTerms(channel.cooperativeNonce, item);
        if (refusal == 0) refusal = _refuseForgiveness(ledger, pair, forgiveness);
        if (refusal == 0) refusal = _refuseDiffs(ledger, pair, diffs, forgiveness);
        if (refusal == 0) refusal = _refuseSignature(court, pair, item, signature);
        if (refusal != 0) return refusal;

        // Forgiven debts go first: they no more stand in the way of what is spent here.
        _forgive(ledger, pair, forgiveness);
        for (uint256 i; i < diffs.length; ++i) _move(ledger, pair, diffs[i]);
        uint64 nonce = item.newNonce;
        Channels.renew(channel, nonce);
        emit IDepository.Settled(pair.left, pair.right, nonce);
    }

    function _refuseTerms(uint64 stored, Terms memory item) private view returns (bytes4 refusal) {
        if (item.cooperativeNonce != stored) {
            return IDepository.CooperativeNonceWrong.selector;
        }
        uint64 nonce = item.newNonce;
        if (nonce <= stored || nonce >> 32 != stored >> 32) {
            return IDepository.NewNonceInvalid.selector;
        }
        if (block.timestamp > item.deadline) {
            return IDepository.DeadlinePassed.selector;
        }
    }

    function _refuseSignature(
        Court memory court,
        Pair memory pair,
        Terms memory item,
        bytes calldata signature
    ) private view returns (bytes4 refusal) {
        bytes32 digest = Digests.ofSettlement(court.domain, pair.key, item);
        if (!Signatures.isValid(court.entityProvider, item.peer, digest, signature)) {
            return IDepository.SignatureInvalid.selector;
        }
    }

    // ─── Forgiveness ────────────────────────────────────────────────────────────────────────────

    function _refuseForgiveness(
        Ledger storage ledger,
        Pair memory pair,
        Forgiveness[] memory forgiveness
    ) private view returns (bytes4 refusal) {
        for (uint256 i; i < forgiveness.length; ++i) {
            bool ordered = i == 0 || _isBefore(forgiveness[i - 1], forgiveness[i]);
            if (!ordered || _owed(ledger, pair, forgiveness[i]) == 0) {
                return IDepository.DebtNotBetween.selector;
            }
        }
    }

    function _isBefore(Forgiveness memory a, Forgiveness memory b) private pure returns (bool) {
        if (a.token != b.token) return a.token < b.token;
        if (a.leftOwes != b.leftOwes) return b.leftOwes;
        return a.index < b.index;
    }

    function _owed(
        Ledger storage ledger,
        Pair memory pair,
        Forgiveness memory item
    ) private view returns (uint256) {
        (EntityId debtor, EntityId creditor) = item.leftOwes
            ? (pair.left, pair.right)
            : (pair.right, pair.left);
        return Debts.owedTo(ledger, debtor, creditor, item.token, item.index);
    }

    /// @dev The sum of what is forgiven to one side in one token.
    function _forgiven(
        Ledger storage ledger,
        Pair memory pair,
        Forgiveness[] memory forgiveness,
        TokenId token,
        bool toLeft
    ) private view returns (uint256 sum) {
        for (uint256 i; i < forgiveness.length; ++i) {
            if (forgiveness[i].token == token && forgiveness[i].leftOwes == toLeft) {
                sum += _owed(ledger, pair, forgiveness[i]);
            }
        }
    }

    function _forgive(
        Ledger storage ledger,
        Pair memory pair,
        Forgiveness[] memory forgiveness
    ) private {
        for (uint256 i; i < forgiveness.length; ++i) {
            Forgiveness memory item = forgiveness[i];
            Debts.forgive(ledger, item.leftOwes ? pair.left : pair.right, item.token, item.index);
        }
    }

    // ─── Diffs ──────────────────────────────────────────────────────────────────────────────────

    function _refuseDiffs(
        Ledger storage ledger,
        Pair memory pair,
        TokenDiff[] memory diffs,
        Forgiveness[] memory forgiveness
    ) private view returns (bytes4 refusal) {
        for (uint256 i; i < diffs.length; ++i) {
            TokenDiff memory diff = diffs[i];
            if (i != 0 && !(diffs[i - 1].token < diff.token)) {
                return IDepository.TokensInvalid.selector;
            }
            refusal = _refuseDiff(ledger.collaterals[pair.key][diff.token], diff);
            if (refusal != 0) return refusal;
            refusal = _refuseSide(ledger, pair.left, forgiveness, diff, diff.leftDiff, pair);
            if (refusal != 0) return refusal;
            refusal = _refuseSide(ledger, pair.right, forgiveness, diff, diff.rightDiff, pair);
            if (refusal != 0) return refusal;
        }
    }

    /// @dev Whether the parts fit together, and the channel can hold what it is to hold.
    function _refuseDiff(
        Collateral storage held,
        TokenDiff memory diff
    ) private view returns (bytes4 refusal) {
        if (!_fits(diff.leftDiff) || !_fits(diff.rightDiff) || !_fits(diff.collateralDiff)) {
            return IDepository.AmountTooLarge.selector;
        }
        int256 sum;
        int256 collateral;
        // Numbers of 248 bits: neither sum has more than 250.
        unchecked {
            sum = diff.leftDiff + diff.rightDiff + diff.collateralDiff;
            collateral = int256(uint256(held.collateral)) + diff.collateralDiff;
        }
        if (sum != 0) return IDepository.DiffsNotBalanced.selector;
        if (collateral < 0) return IDepository.CollateralExceeded.selector;
        if (uint256(collateral) > type(uint128).max) {
            return IDepository.AmountTooLarge.selector;
        }
        if (!_fits(diff.ondeltaDiff) || !_isInt128(held.ondelta + diff.ondeltaDiff)) {
            return IDepository.OndeltaOutOfRange.selector;
        }
    }

    /// @param amount What the reserve of `entity`, one of the two, is to gain or lose.
    function _refuseSide(
        Ledger storage ledger,
        EntityId entity,
        Forgiveness[] memory forgiveness,
        TokenDiff memory diff,
        int256 amount,
        Pair memory pair
    ) private view returns (bytes4 refusal) {
        if (amount == 0) return refusal;
        if (amount > 0) {
            bool room = Reserves.hasRoom(ledger, entity, diff.token, uint256(amount));
            return room ? bytes4(0) : IDepository.AmountTooLarge.selector;
        }
        bool isLeft = entity == pair.left;
        uint256 forgiven = _forgiven(ledger, pair, forgiveness, diff.token, isLeft);
        return Exits.refuse(ledger, entity, diff.token, uint256(-amount), forgiven);
    }

    /// @dev Both casts are proved by {_refuseDiff}.
    function _move(Ledger storage ledger, Pair memory pair, TokenDiff memory diff) private {
        _moveReserve(ledger, pair.left, diff.token, diff.leftDiff);
        _moveReserve(ledger, pair.right, diff.token, diff.rightDiff);
        if (diff.collateralDiff == 0 && diff.ondeltaDiff == 0) return;
        Collateral storage held = ledger.collaterals[pair.key][diff.token];
        Channels.setCollateral(
            held,
            pair,
            diff.token,
            uint128(uint256(int256(uint256(held.collateral)) + diff.collateralDiff)),
            int128(held.ondelta + diff.ondeltaDiff)
        );
    }

    function _moveReserve(
        Ledger storage ledger,
        EntityId entity,
        TokenId token,
        int256 diff
    ) private {
        if (diff > 0) Reserves.credit(ledger, entity, token, uint256(diff));
        else if (diff < 0) Exits.spend(ledger, entity, token, uint256(-diff));
    }

    function _fits(int256 value) private pure returns (bool) {
        return value == int248(value);
    }

    function _isInt128(int256 value) private pure returns (bool) {
        return value == int128(value);
    }
}
