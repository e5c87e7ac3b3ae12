// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IGate} from "../../../contracts/interfaces/IGate.sol";
import {ITokenReceiver} from "../../../contracts/interfaces/ITokenReceiver.sol";
import {TrickAsset} from "../../../contracts/mocks/TrickAsset.sol";
import {EntityId, TokenId} from "../../../contracts/types/Ids.sol";
import {Dice} from "./Dice.sol";
import {Actor} from "./DepositoryWorld.sol";
import {GateWorld} from "./GateWorld.sol";

/// @title GateHandler
/// @notice Throws of dice at the Gate: honest collections, and one that calls back, keeps, takes more, lies about
/// what arrived and speaks as both kinds. Each action is one seed.
/// @dev Small numbers: numbers 0 to 3 of each collection, amounts up to 5.
contract GateHandler is GateWorld {
    /// @notice How often something came in, went out, and was refused.
    uint256 public arrived;
    uint256 public left_;
    uint256 public refused;

    /// @notice The trick's other collection, which is of kind ERC-721 from its first arrival on.
    TrickAsset internal single;

    constructor() {
        _createGateWorld();
        single = new TrickAsset();
        for (uint256 id; id < 4; ++id) art.mint(address(this), id);
        // From here on both have their kinds, and try the other one in vain.
        _depositTrick(left, 0, 1);
        single.mint(address(this), 0, 1);
        gate.depositErc721(right.id, address(single), 0);
    }

    /// @notice A deposit by pull, of any kind.
    function pull(uint256 seed) external {
        Dice memory dice = Dice(seed);
        (EntityId entity, uint256 id) = (_someone(dice).id, dice.roll(4));
        uint256 amount = dice.roll(6);
        uint256 way = dice.roll(6);
        if (way == 0) {
            _try(address(gate), abi.encodeCall(IGate.depositErc721, (entity, address(art), id)));
        } else if (way == 1) {
            coins.mint(address(this), id, amount);
            _try(
                address(gate),
                abi.encodeCall(IGate.depositErc1155, (entity, address(coins), id, amount))
            );
        } else {
            bool isMany = way < 4;
            TrickAsset which = isMany ? trick : single;
            which.mint(address(this), id, amount);
            bytes memory asOne = abi.encodeCall(IGate.depositErc721, (entity, address(which), id));
            bytes memory asMany = abi.encodeCall(
                IGate.depositErc1155,
                (entity, address(which), id, amount)
            );
            _try(address(gate), isMany == (way & 1 == 0) ? asMany : asOne);
        }
    }

    /// @notice Sent straight in, by those who call the receive hook as they should.
    function sendIn(uint256 seed) external {
        Dice memory dice = Dice(seed);
        (Actor memory actor, uint256 id) = (_someone(dice), dice.roll(4));
        uint256 amount = dice.roll(6);
        coins.mint(address(this), id, amount);
        bytes memory data = abi.encode(actor.id);
        _try(
            address(coins),
            abi.encodeCall(coins.safeTransferFrom, (address(this), address(gate), id, amount, data))
        );
        _try(
            address(art),
            abi.encodeWithSignature(
                "safeTransferFrom(address,address,uint256,bytes)",
                address(this),
                address(gate),
                id,
                data
            )
        );
    }

    /// @notice The trick's word that something arrived; sometimes it did.
    function claim(uint256 seed) external {
        Dice memory dice = Dice(seed);
        TrickAsset which = dice.oneIn(2) ? trick : single;
        uint256 id = dice.roll(4);
        if (dice.oneIn(3)) which.mint(address(gate), id, dice.roll(3));
        which.clear();
        which.addCall(address(gate), _word(dice, id));
        which.safeTransferFrom(address(this), address(this), id, 0, "");
        refused += 1 - which.succeeded();
        arrived += which.succeeded();
    }

    /// @notice What the trick does from now on in the middle of a transfer, and what it answers.
    function turn(uint256 seed) external {
        Dice memory dice = Dice(seed);
        TrickAsset which = dice.oneIn(2) ? trick : single;
        which.clear();
        which.setMode(TrickAsset.Mode(dice.roll(6)));
        if (dice.oneIn(3)) which.setMode(TrickAsset.Mode.Honest);
        for (uint256 i = dice.roll(3); i > 0; --i) {
            which.addCall(address(gate), _word(dice, dice.roll(4)));
        }
        if (dice.oneIn(2)) {
            which.addCall(
                address(gate),
                abi.encodeCall(IGate.depositErc1155, (_someone(dice).id, address(which), 1, 1))
            );
        }
    }

    /// @notice From a reserve to the outside, to another reserve, or into a channel.
    function spend(uint256 seed) external {
        Dice memory dice = Dice(seed);
        Actor memory actor = _someone(dice);
        TokenId id = _somethingOf(actor, dice.roll(16));
        uint256 amount = 1 + dice.roll(4);
        uint256 reserve = _has(actor, id);
        if (amount > reserve && !dice.oneIn(4)) amount = reserve == 0 ? 1 : reserve;
        uint256 way = dice.roll(4);
        uint256 before = gate.assetOf(id).held;
        if (way < 2) _run(actor, _withdrawal(id, address(this), amount));
        if (way == 2) _run(actor, _transferOf(id, _someone(dice).id, amount));
        if (way == 3) _run(actor, _fundingOf(id, actor, _peerFor(actor), uint128(amount)));
        if (gate.assetOf(id).held != before) ++left_;
    }

    /// @notice The tokens of this world: four numbers of each collection under the kind that it has.
    function tokenAt(uint256 index) public view returns (TokenId) {
        (uint256 collection, uint256 id) = (index / 4, index % 4);
        if (collection == 0) return _art(id);
        if (collection == 1) return _coin(id);
        return collection == 2 ? _trick1155(id) : _asset(2, address(single), id);
    }

    /// @notice Whether the token of this index was ever credited to anybody.
    function hasArrived(uint256 index) external view returns (bool) {
        return gate.assetOf(tokenAt(index)).collection != address(0);
    }

    function _word(Dice memory dice, uint256 id) private view returns (bytes memory) {
        bytes memory data = abi.encode(_someone(dice).id);
        if (dice.oneIn(2)) {
            return
                abi.encodeCall(
                    ITokenReceiver.onERC721Received,
                    (address(this), address(this), id, data)
                );
        }
        return
            abi.encodeCall(
                ITokenReceiver.onERC1155Received,
                (address(this), address(this), id, 1 + dice.roll(3), data)
            );
    }

    /// @dev A token that the actor has, if it has any: looked for from a place by chance.
    function _somethingOf(Actor memory actor, uint256 from) private view returns (TokenId id) {
        for (uint256 i; i < 16; ++i) {
            id = tokenAt((from + i) % 16);
            if (_has(actor, id) != 0) return id;
        }
    }

    function _someone(Dice memory dice) private view returns (Actor memory) {
        uint256 index = dice.roll(3);
        if (index == 0) return left;
        return index == 1 ? right : stranger;
    }

    function _peerFor(Actor memory actor) private view returns (Actor memory) {
        return actor.key == left.key ? right : left;
    }

    function _try(address target, bytes memory data) private {
        // Whatever comes of it: the laws are looked at after it.
        // solhint-disable-next-line avoid-low-level-calls
        (bool ok, ) = target.call(data);
        if (ok) ++arrived;
        else ++refused;
    }
}
