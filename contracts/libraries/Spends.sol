// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    Collateral,
    Funding,
    IDepository,
    TopUp,
    Transfer,
    Withdrawal
} from "../interfaces/IDepository.sol";
import {IUndoable} from "../interfaces/IUndoable.sol";
import {EntityId, TokenId} from "../types/Ids.sol";
import {Ledger, Pair} from "../types/Ledger.sol";
import {Boards} from "./Boards.sol";
import {BoundedCalls} from "./BoundedCalls.sol";
import {Channels} from "./Channels.sol";
import {Exits} from "./Exits.sol";
import {Reserves} from "./Reserves.sol";
import {TokenTransfers} from "./TokenTransfers.sol";

/// @title Spends
/// @notice The items of a batch that take from the reserve of the acting entity alone.
/// @dev What the bytes of an item make wrong (an amount of 0, a channel with itself) reverts the batch:
/// nobody else had a part in it. What the state makes wrong is refused, and so skipped. That holds for
/// every reserve that is found short, not only after a skipped item or beside a debt: a peer that
/// holds a signed settlement, finalises a dispute or enforces a debt can take from this reserve just before the
/// batch, and must not stop the counter that stands behind a spend.
library Spends {
    /// @dev What {IUndoable.payOut} is granted: three calls to the token, and 60,000 for its own work, the
    /// Gate's included, and for what the EVM keeps back from a call.
    /// So it cannot run out of gas before the token has had what it is granted.
    uint256 private constant _PAY_OUT_GAS =
        TokenTransfers.TRANSFER_GAS + 2 * TokenTransfers.BALANCE_GAS + 60_000;

    /// @dev In the place of a receiver: whoever sends the batch. No entity has this id.
    EntityId private constant _RELAYER = EntityId.wrap(0);

    /// @notice Gives tokens to an address outside. If that fails, debts may be paid but nothing else is done.
    function withdraw(
        Ledger storage ledger,
        EntityId entity,
        Withdrawal calldata item
    ) internal returns (bytes4 refusal) {
        require(item.amount != 0, IDepository.AmountZero());
        // What it sends to itself would belong to nobody.
        if (item.to == address(this)) return IDepository.TransferFailed.selector;
        refusal = Exits.refuse(ledger, entity, item.token, item.amount, 0);
        if (refusal != 0) return refusal;

        Exits.payDebts(ledger, entity, item.token);
        BoundedCalls.requireGas(_PAY_OUT_GAS);
        try IUndoable(address(this)).payOut{gas: _PAY_OUT_GAS}(entity, item) {
            return 0;
        } catch (bytes memory reason) {
            // Every revert in there is an error of ours; without one it must still not pass as done.
            return reason.length < 4 ? IDepository.TransferFailed.selector : bytes4(reason);
        }
    }

    /// @notice Moves from reserve to reserve; to nobody means to the lazy entity of who sends the batch: his fee.
    function transfer(
        Ledger storage ledger,
        EntityId entity,
        Transfer calldata item
    ) internal returns (bytes4 refusal) {
        require(item.amount != 0, IDepository.AmountZero());
        refusal = Exits.refuse(ledger, entity, item.token, item.amount, 0);
        if (refusal != 0) return refusal;
        EntityId to = item.to;
        if (to == _RELAYER) to = EntityId.wrap(Boards.hashSole(msg.sender));
        if (!Reserves.hasRoom(ledger, to, item.token, item.amount)) {
            return IDepository.AmountTooLarge.selector;
        }

        Exits.spend(ledger, entity, item.token, item.amount);
        Reserves.credit(ledger, to, item.token, item.amount);
    }

    /// @notice Moves from the reserve into channels of `item.receiver`: into all of them, or none.
    function fund(
        Ledger storage ledger,
        EntityId entity,
        Funding calldata item
    ) internal returns (bytes4 refusal) {
        TopUp[] calldata topUps = item.topUps;
        uint256 total;
        for (uint256 i; i < topUps.length; ++i) total += topUps[i].amount;
        require(total != 0, IDepository.AmountZero());
        refusal = Exits.refuse(ledger, entity, item.token, total, 0);
        if (refusal != 0) return refusal;
        refusal = _refuseTopUps(ledger, item.receiver, item.token, topUps, total);
        if (refusal != 0) return refusal;

        Exits.spend(ledger, entity, item.token, total);
        for (uint256 i; i < topUps.length; ++i) {
            _topUp(ledger, item.receiver, item.token, topUps[i]);
        }
    }

    /// @dev Asks whether each channel has room for the total, so that one named twice has room for both.
    function _refuseTopUps(
        Ledger storage ledger,
        EntityId receiver,
        TokenId token,
        TopUp[] calldata topUps,
        uint256 total
    ) private view returns (bytes4 refusal) {
        for (uint256 i; i < topUps.length; ++i) {
            EntityId peer = topUps[i].peer;
            require(peer != receiver, IDepository.SelfChannel(peer));
            refusal = Channels.refuseCollateral(ledger, receiver, peer, token, total);
            if (refusal != 0) return refusal;
        }
    }

    /// @dev Collateral rises by the amount, and left's claim only if left is the receiver: so the
    /// receiver's share grows and its peer's stays. {_refuseTopUps} has seen that both fit.
    function _topUp(
        Ledger storage ledger,
        EntityId receiver,
        TokenId token,
        TopUp calldata item
    ) private {
        Pair memory pair = Channels.pairOf(receiver, item.peer);
        Collateral storage held = ledger.collaterals[pair.key][token];
        int128 ondelta = held.ondelta;
        // The amount alone may be beyond an int128 where the sum is not.
        if (receiver == pair.left) ondelta = int128(int256(ondelta) + int256(uint256(item.amount)));
        Channels.setCollateral(held, pair, token, held.collateral + item.amount, ondelta);
    }
}
